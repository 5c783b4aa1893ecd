#pragma once
#include <functional>
#include <string>

#include "core/notice.h"
#include "node/evidence.h"
#include "report/outbox/reporter.h"
#include "sys/loop.h"

namespace preemptd::daemon {

/// Collects the evidence of the notice in hand and has it written, a little later and not too often, so that it delays
/// neither the drain nor a report. Belongs to the loop's thread.
class EvidenceKeeper {
 public:
  /// Not on the loop's thread is where the disk is to be written.
  using Write = std::function<void(const std::string& notice_id, node::Evidence)>;

  EvidenceKeeper(sys::Loop& loop, node::PollLog& polls, core::WallTime agent_started, Write write)
      : loop_(loop), polls_(polls), write_(std::move(write)) {
    evidence_.agent_started = agent_started;
  }

  /// From now on this notice's. A later state of the one in hand goes on where it is.
  void follow(const core::Notice& notice);
  void delivered(const report::Note& note, core::WallTime now);
  /// More polls may be there: they are written within a second. Nothing where there is no notice.
  void write_soon();

 private:
  void write_after(core::Millis wait);

  sys::Loop& loop_;
  node::PollLog& polls_;
  Write write_;
  std::string notice_id_;  ///< empty: no notice yet
  node::Evidence evidence_;
  bool due_ = false;
  sys::Loop::Handle timer_;
};

}  // namespace preemptd::daemon
