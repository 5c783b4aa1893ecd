#include <csignal>
#include <cstdio>
#include <span>
#include <string>

#include "config/load.h"
#include "core/crc32c.h"
#include "core/duration.h"
#include "core/options.h"
#include "core/version.h"
#include "drain/drainer.h"
#include "sys/fd.h"
#include "sys/log/log.h"

using namespace preemptd;

namespace {

constexpr const char* kHelp =
    "Usage: preempt-drain [OPTION]...\n"
    "Runs the drain hooks for the notice in <run>/notice.json; started by preemptd or by its systemd path unit.\n"
    "Goes on where an earlier run died; does nothing for a notice whose work is done.\n"
    "\n"
    "  -c, --config FILE     configuration (default /etc/preemptd/preemptd.toml, with conf.d beside it)\n"
    "  -s, --set KEY=VALUE   set one key, as section.key=value; may be repeated\n"
    "      --stand-by TIME   wait that long for another drainer to end, instead of ending at once with 75\n"
    "  -h, --help            this text\n"
    "  -V, --version         version\n"
    "\n"
    "Exit codes: 0 the work is over, 2 wrong usage, 65 the notice file holds no notice, 66 no notice,\n"
    "74 the notice or the hooks could not be read, 75 another drainer is at work.\n";

constexpr core::Option kOptions[] = {
    {"config", 'c', true}, {"set", 's', true}, {"stand-by", '\0', true}, {"help", 'h'}, {"version", 'V'}};

struct Asked {
  config::LoadRequest configuration;
  core::Millis stand_by{0};
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "preempt-drain: %s (preempt-drain --help)\n", why.c_str());
  return static_cast<int>(drain::ExitCode::usage);
}

/// What the program ends with at once; -1: it goes on.
int read_arguments(int argc, char** argv, Asked& asked) {
  const auto given = core::parse_options(kOptions, std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!given) return refuse(given.error().what);
  for (const auto& [option, value] : *given) {
    if (option->name == "help") return std::fputs(kHelp, stdout), 0;
    if (option->name == "version") return std::printf("preempt-drain %s\n", std::string(core::version()).c_str()), 0;
    if (option->name == "config") asked.configuration.file = value;
    if (option->name == "set") asked.configuration.sets.push_back(value);
    if (option->name != "stand-by") continue;
    const auto time = core::parse_duration(value);
    if (!time) return refuse("--stand-by: " + time.error().what);
    asked.stand_by = *time;
  }
  return -1;
}

std::string digest_of(const config::Loaded& loaded) {
  std::string all;
  for (const auto& shown : config::show(loaded)) all += shown.key + "=" + shown.value + "\n";
  return core::crc32c_digits(all);
}

drain::DrainerSettings settings_from(const config::Loaded& loaded, core::Millis stand_by) {
  const config::Config& c = loaded.config;
  return {c.paths.run,
          c.paths.state,
          {c.hooks.folders, c.hooks.defaults, c.hooks.by_name, drain::GateMode::real},
          {c.drain.report_reserve, c.drain.parallel, 1},
          c.drain.window,
          digest_of(loaded),
          c.drain.keep_records,
          stand_by};
}

}  // namespace

constexpr unsigned kDescriptors = 256;  ///< for as many hooks at once as may be configured

int main(int argc, char** argv) {
  sys::ensure_standard_fds();
  sys::raise_fd_limit(kDescriptors);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes costs the record
  std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, it would take the hooks' exit statuses
  Asked asked;
  if (const int code = read_arguments(argc, argv, asked); code >= 0) return code;
  asked.configuration.environment = config::environment_of_process();
  // A mistake in the configuration must not stop a drain: what is right of it counts, and defaults for the rest.
  const config::Loaded loaded = config::load_leniently(asked.configuration);
  sys::Log log({.program = "preempt-drain", .level = loaded.config.log.level, .format = loaded.config.log.format});
  for (const auto& problem : loaded.problems)
    log.error("configuration.problem", "ignoring a mistake in the configuration: " + core::describe(problem));
  drain::Drainer drainer(settings_from(loaded, asked.stand_by), log);
  return static_cast<int>(drainer.run());
}
