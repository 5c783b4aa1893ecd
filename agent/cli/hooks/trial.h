#pragma once
#include <memory>
#include <string>

#include "cli/host/interruptible_wait.h"
#include "cli/host/private_folder.h"
#include "core/notice.h"
#include "drain/hooks/account.h"
#include "drain/hooks/discovery.h"
#include "sys/child.h"

namespace preemptd::cli {

/// One hook called as the contract says, outside of any drain, in a state folder of its own: for judging how it
/// behaves. Belongs to the main thread.
class HookTrial {
 public:
  /// bad_input: the account the hook wants to run as does not exist here.
  static core::Result<std::unique_ptr<HookTrial>> open(InterruptibleWait& patience, const drain::FoundHook& hook);

  struct TrialCall {
    std::string argument = "drain";  ///< or undo, or one that no hook knows
    core::Millis slot = core::Seconds(60);
    bool rehearsal = true;
    int attempt = 1;
  };
  struct TrialOutcome {
    sys::ExitStatus status;
    core::Millis took{0};
    bool stopped = false;    ///< it reached its stop-by and got SIGTERM
    bool killed = false;     ///< and outlived its grace
    bool left_more = false;  ///< it left processes behind, which are dead now
    std::string said;        ///< stdout, then stderr

    bool ended(int code) const { return !stopped && status == sys::ExitStatus{code, 0}; }
  };
  /// Waits for its end, with everything it left behind ended, too. cancelled: somebody interrupted.
  core::Result<TrialOutcome> call(const TrialCall& call);

  /// What lies in PREEMPT_STATE_DIR: names, sizes, times. Two equal answers: nothing was changed.
  std::string state() const;

 private:
  HookTrial(InterruptibleWait& patience, const drain::FoundHook& hook, std::unique_ptr<PrivateFolder> folder,
            drain::Account account);
  sys::SpawnRequest request_for(const TrialCall& call, const core::Notice& notice) const;
  core::Notice notice_for(const TrialCall& call) const;
  core::Result<sys::Child> start(const TrialCall& call);
  core::Result<void> watch(const sys::Child& child, core::Millis slot, TrialOutcome& outcome);

  InterruptibleWait& patience_;
  const drain::FoundHook& hook_;
  std::unique_ptr<PrivateFolder> folder_;
  drain::Account account_;
  std::string id_;
};

}  // namespace preemptd::cli
