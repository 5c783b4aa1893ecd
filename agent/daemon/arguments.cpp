#include "daemon/arguments.h"

#include <span>

#include "core/options.h"
#include "sys/files.h"

namespace preemptd::daemon {
namespace {

constexpr core::Option kOptions[] = {{"config", 'c', true}, {"set", 's', true}, {"spawn-drain"}, {"check"},
                                     {"help", 'h'},         {"version", 'V'}};

void take(Arguments& arguments, std::string_view name, const std::string& value) {
  if (name == "config") arguments.config_file = value;
  if (name == "set") arguments.sets.push_back(value);
  if (name == "spawn-drain") arguments.spawn_drain = true;
  if (name == "check") arguments.what = Arguments::Do::check;
  if (name == "help") arguments.what = Arguments::Do::help;
  if (name == "version") arguments.what = Arguments::Do::version;
}

}  // namespace

std::vector<std::string> Arguments::passed_on() const {
  std::vector<std::string> words;
  if (!config_file.empty()) words.insert(words.end(), {"--config", config_file});
  for (const auto& set : sets) words.insert(words.end(), {"--set", set});
  return words;
}

core::Result<Arguments> parse_arguments(int argc, char** argv) {
  const auto given = core::parse_options(kOptions, std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!given) return core::fail(given.error().code, given.error().what + " (preemptd --help)");
  Arguments arguments;
  for (const auto& [option, value] : *given) take(arguments, option->name, value);
  if (arguments.config_file.empty()) return arguments;
  // The drainer it is passed on to works in /.
  auto absolute = sys::absolute_path(arguments.config_file);
  if (!absolute) return core::fail(absolute.error().code, "--config " + core::describe(absolute.error()));
  arguments.config_file = std::move(*absolute);
  return arguments;
}

std::string help_text() {
  return R"(Usage: preemptd [OPTION]...

Watches for the end of this spot instance and starts the drain when the cloud announces it.

  -c, --config FILE     configuration (default /etc/preemptd/preemptd.toml, with conf.d beside it)
  -s, --set KEY=VALUE   set one key, as section.key=value; may be repeated
      --spawn-drain     start preempt-drain from here even under a service manager (drain.start=always)
      --check           check the configuration and exit
  -h, --help            this text
  -V, --version         version

Signals: SIGHUP reloads the configuration, SIGUSR1 writes the status to the log, SIGTERM stops; a running drain goes on.
Exit codes: 0 stopped, 1 cannot run, 2 usage, 75 another preemptd runs, 78 a flag or the file it
names is wrong, or --check found a mistake.
)";
}

}  // namespace preemptd::daemon
