#include "daemon/arguments.h"

#include <getopt.h>

#include <array>
#include <filesystem>

#include "core/text.h"

namespace preemptd::daemon {
namespace {

enum Option : int { kConfig = 'c', kSet = 's', kHelp = 'h', kVersion = 'V', kCheck = 1000, kSpawnDrain };

const std::array<option, 7> kOptions{{{"config", required_argument, nullptr, kConfig},
                                      {"set", required_argument, nullptr, kSet},
                                      {"spawn-drain", no_argument, nullptr, kSpawnDrain},
                                      {"check", no_argument, nullptr, kCheck},
                                      {"help", no_argument, nullptr, kHelp},
                                      {"version", no_argument, nullptr, kVersion},
                                      {nullptr, 0, nullptr, 0}}};

tl::unexpected<core::Error> unknown(std::string_view word) {
  std::vector<std::string> names;
  for (const auto& known : kOptions)
    if (known.name != nullptr) names.push_back(std::string("--") + known.name);
  const auto near = core::nearest(word, names);
  return core::fail(core::ErrorCode::bad_input, "unknown option '" + core::printable(word, 64) + "'" +
                                                    (near ? "; did you mean " + *near + "?" : "") +
                                                    " (preemptd --help)");
}

}  // namespace

std::vector<std::string> Arguments::passed_on() const {
  std::vector<std::string> words;
  if (!config_file.empty()) words.insert(words.end(), {"--config", config_file});
  for (const auto& set : sets) words.insert(words.end(), {"--set", set});
  return words;
}

core::Result<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  optind = 1;
  opterr = 0;
  for (int option = 0; (option = getopt_long(argc, argv, ":c:s:hV", kOptions.data(), nullptr)) != -1;) {
    switch (option) {
      // Absolute: the drainer it is passed on to works in /.
      case kConfig: arguments.config_file = *optarg == '\0' ? "" : std::filesystem::absolute(optarg).string(); break;
      case kSet: arguments.sets.emplace_back(optarg); break;
      case kSpawnDrain: arguments.spawn_drain = true; break;
      case kCheck: arguments.what = Arguments::Do::check; break;
      case kHelp: arguments.what = Arguments::Do::help; break;
      case kVersion: arguments.what = Arguments::Do::version; break;
      case ':':
        return core::fail(core::ErrorCode::bad_input,
                          std::string(argv[optind - 1]) + " needs a value (preemptd --help)");
      default: return unknown(argv[optind - 1]);
    }
  }
  if (optind < argc)
    return core::fail(core::ErrorCode::bad_input,
                      "unexpected word '" + core::printable(argv[optind], 64) + "' (preemptd --help)");
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
