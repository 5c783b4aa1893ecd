#pragma once
#include <memory>

#include "config/config.h"
#include "core/identity.h"
#include "core/result.h"
#include "daemon/sources/poll_result.h"
#include "daemon/sources/poll_stats.h"
#include "daemon/sources/poll_thread.h"

namespace preemptd::daemon {

/// The thread that asks the control plane for this instance's operation lock. It waits until it knows which instance
/// that is (or the settings say so), passes on every answer, and asks again at the pace the last answer calls for.
class ControlLane {
 public:
  static core::Result<std::unique_ptr<ControlLane>> open(const config::Config& config,
                                                         std::shared_ptr<PollStats> sightings,
                                                         std::shared_ptr<ResultSender<PollResult>> outlet);

  /// Local: the kernel gave it no thread so far. Tries again.
  core::Result<void> ensure_running() { return thread_.ensure_running(); }
  void set_identity(const core::Identity& identity);
  /// Out of turn, but never sooner than two seconds after the last call. From the loop's thread.
  void ask_now();
  void set_need(watch::ControlNeed need);

 private:
  struct Shared;
  class Body;
  ControlLane() = default;

  std::shared_ptr<Shared> shared_;
  LaneThread thread_;
};

}  // namespace preemptd::daemon
