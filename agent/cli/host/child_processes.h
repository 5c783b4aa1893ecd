#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "sys/child.h"

namespace preemptd::cli {

/// Programs a command runs for its own purpose. When this dies, they and everything they left behind are gone: it makes
/// the process the reaper of its descendants' orphans. When the process itself is killed, the programs go with it.
class ChildProcesses {
 public:
  ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;
  ~ChildProcesses() { end_all(); }

  /// Starts `program` under `name`; what it writes goes to the end of `log_file`. Its environment is PATH and
  /// `environment`.
  core::Result<void> start(const std::string& name, const std::string& program,
                           const std::vector<std::string>& arguments, const std::string& log_file,
                           const std::vector<std::string>& environment = {});

  /// Nothing by that name counts as not running.
  bool running(const std::string& name);
  /// Signals one; nothing when it does not run.
  void signal(const std::string& name, int number);
  /// SIGKILL to one, and waits for its end.
  void kill(const std::string& name);
  /// SIGTERM to all, half a second later SIGKILL to all that is left, orphans included.
  void end_all();

 private:
  bool wait_for_all(core::Millis most);
  std::map<std::string, sys::Child> children_;
};

}  // namespace preemptd::cli
