#pragma once
#include <atomic>
#include <memory>

#include "config/config.h"
#include "daemon/sources/poll_result.h"
#include "daemon/sources/poll_stats.h"
#include "daemon/sources/poll_thread.h"
#include "http/transport.h"

namespace preemptd::daemon {

/// The thread that asks the metadata service, for ever: who we are until that is known, and the termination time.
/// Whatever it hears that is news goes to the outlet; an answer that is the same as the last wakes nobody unless the
/// loop is attentive. Failures are answers too; nothing ends it but its destructor.
class MetadataLane {
 public:
  MetadataLane(const config::Metadata& settings, std::unique_ptr<http::HttpTransport> transport,
               std::shared_ptr<PollStats> sightings, std::shared_ptr<ResultSender<PollResult>> outlet);

  /// Local: the kernel gave it no thread so far. Tries again.
  core::Result<void> ensure_running() { return thread_.ensure_running(); }
  /// While set (as it is at first), every answer is passed on. From any thread.
  void set_attentive(bool attentive) { attentive_->store(attentive, std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> attentive_ = std::make_shared<std::atomic<bool>>(true);
  LaneThread thread_;
};

}  // namespace preemptd::daemon
