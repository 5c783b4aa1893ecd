#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "config/load.h"
#include "core/crc32c.h"
#include "core/text.h"
#include "core/version.h"
#include "drain/drainer.h"
#include "sys/fd.h"

using namespace preemptd;

namespace {

constexpr const char* kHelp =
    "Usage: preempt-drain [--config FILE] [--set SECTION.KEY=VALUE]...\n"
    "Runs the drain hooks for the notice in <run>/notice.json; started by preemptd or by its systemd path unit.\n"
    "Goes on where an earlier run died; does nothing for a notice whose work is done.\n"
    "Exit codes: 0 the work is over, 2 wrong usage, 66 no notice, 75 another drainer is at work.\n";

/// The next argument as the value of an option; null at the end.
const char* value_of(int argc, char** argv, int& i) {
  return i + 1 < argc ? argv[++i] : nullptr;
}

/// What the program ends with at once; -1: it goes on.
int read_arguments(int argc, char** argv, config::LoadRequest& request) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") return std::fputs(kHelp, stdout), 0;
    if (argument == "--version") return std::printf("preempt-drain %s\n", std::string(core::version()).c_str()), 0;
    const bool known = argument == "--config" || argument == "--set";
    const char* value = known ? value_of(argc, argv, i) : nullptr;
    if (value == nullptr) {
      std::fprintf(stderr, known ? "preempt-drain: %s needs a value\n" : "preempt-drain: unknown argument '%s'\n",
                   core::printable(argument, 200).c_str());
      return static_cast<int>(drain::ExitCode::usage);
    }
    if (argument == "--config")
      request.file = value;
    else
      request.sets.emplace_back(value);
  }
  return -1;
}

std::string digest_of(const config::Loaded& loaded) {
  std::string all;
  for (const auto& shown : config::show(loaded)) all += shown.key + "=" + shown.value + "\n";
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", core::crc32c(all));
  return text.data();
}

drain::DrainerSettings settings_from(const config::Loaded& loaded) {
  const config::Config& c = loaded.config;
  return {c.paths.run,
          c.paths.state,
          {c.hooks.folders, c.hooks.defaults, c.hooks.by_name, drain::GateMode::real},
          {c.drain.report_reserve, c.drain.parallel, 1},
          c.drain.window,
          digest_of(loaded),
          c.drain.keep_records};
}

}  // namespace

int main(int argc, char** argv) {
  sys::ensure_standard_fds();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, it would take the hooks' exit statuses
  config::LoadRequest request;
  if (const int code = read_arguments(argc, argv, request); code >= 0) return code;
  request.environment = config::environment_of_process();
  // A mistake in the configuration must not stop a drain: what is right of it counts, and defaults for the rest.
  const config::Loaded loaded = config::load_leniently(request);
  drain::Log log(loaded.config.log.format);
  for (const auto& problem : loaded.problems)
    log.error("ignoring a mistake in the configuration: " + core::describe(problem));
  drain::Drainer drainer(settings_from(loaded), log);
  return static_cast<int>(drainer.run());
}
