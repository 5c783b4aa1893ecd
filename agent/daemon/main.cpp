
#include <cstdio>
#include <cstdlib>

#include "config/load.h"
#include "core/version.h"
#include "daemon/arguments.h"
#include "daemon/daemon.h"
#include "daemon/process.h"
#include "sys/fd.h"

namespace {

using namespace preemptd;

enum Exit : int { kStopped = 0, kCannotRun = 1, kUsage = 2, kAnotherRuns = 75, kBadConfiguration = 78 };

int complain(const core::Error& error, int code) {
  std::fprintf(stderr, "preemptd: %s\n", core::describe(error).c_str());
  return code;
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return kStopped;
}

int check(const config::LoadRequest& request) {
  const auto loaded = config::load(request);
  if (!loaded) return complain(loaded.error(), kBadConfiguration);
  for (const auto& warning : loaded->warnings) std::fprintf(stderr, "preemptd: %s\n", warning.c_str());
  return print("the configuration is good\n");
}

}  // namespace

int main(int argc, char** argv) {
  sys::ensure_standard_fds();
  daemon::harden_process();
  auto arguments = daemon::parse_arguments(argc, argv);
  if (!arguments) return complain(arguments.error(), kUsage);
  if (arguments->what == daemon::Arguments::Do::help) return print(daemon::help_text());
  if (arguments->what == daemon::Arguments::Do::version)
    return print("preemptd " + std::string(core::version()) + "\n");

  const config::LoadRequest request{arguments->config_file, arguments->sets, config::environment_of_process()};
  if (arguments->what == daemon::Arguments::Do::check) return check(request);
  auto loaded = config::load_leniently(request);
  for (const auto& problem : loaded.problems) {
    const bool of_command_line = problem.where == "--set" || problem.where == arguments->config_file;
    if (of_command_line) return complain(problem, kBadConfiguration);
  }
  for (const auto& warning : loaded.warnings) std::fprintf(stderr, "preemptd: %s\n", warning.c_str());

  auto daemon = daemon::Daemon::open(std::move(*arguments), std::move(loaded));
  if (!daemon)
    return complain(daemon.error(), daemon.error().code == core::ErrorCode::refused ? kAnotherRuns : kCannotRun);
  (*daemon)->run();
  // Not through destructors: a request in flight may take seconds to end, and all that is owed is on the disk.
  std::_Exit(kStopped);
}
