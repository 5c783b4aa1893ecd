#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/notice.h"
#include "core/result.h"
#include "sys/fd.h"
#include "sys/loop.h"

namespace preemptd::daemon {

/// Starts preempt-drain where no service manager does, as a process of its own that outlives this one, and starts it
/// again when it died before its work was over. It never stops a drainer: one that runs when this goes, goes on.
/// Belongs to the loop's thread.
class DrainStarter {
 public:
  struct Settings {
    std::string program;                 ///< path of preempt-drain
    std::vector<std::string> arguments;  ///< --config, --set: the same as ours
    std::string lock_file;               ///< <run>/drain/lock: holds a running drainer's pid
  };
  using Finished = std::function<bool()>;                  ///< is the work on the current notice over?
  using Failed = std::function<void(const core::Error&)>;  ///< a start that failed; it is tried again

  DrainStarter(sys::Loop& loop, Settings settings, Finished finished, Failed failed);

  /// Sees that a drainer works on this notice: the one that already runs, or a new one. Call again for every change of
  /// the notice: a drainer that had finished is started again and decides for itself whether there is more to do.
  void see_to(const core::Notice& notice);

 private:
  void start();
  void follow(pid_t pid);
  void on_exit();
  void retry();

  sys::Loop& loop_;
  Settings settings_;
  Finished finished_;
  Failed failed_;
  core::Deadline give_up_{};
  bool looking_again_ = false;  ///< the notice changed while a drainer ran: it may have ended without seeing that
  sys::Fd drainer_;             ///< pidfd
  sys::Loop::Handle exit_, retry_;
};

}  // namespace preemptd::daemon
