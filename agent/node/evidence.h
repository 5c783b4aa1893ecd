#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "node/poll_log.h"

/// What preemptd knows of a notice and the drainer does not: every poll around it, and what became of the reports. One
/// file a notice, `<state>/watch/evidence/<notice id>.json`, documented in docs/reference/journal-and-record.md. It
/// completes the record; nothing depends on it.
namespace preemptd::node {

/// One attempt to deliver one report to one sink.
struct DeliveryAttempt {
  core::WallTime at{};
  std::string sink;
  std::string type;  ///< of the event: "preemptd.notice.seen"
  std::string event_id;
  std::string outcome;  ///< "delivered", "retrying", "refused", …
  std::string detail;
  core::Millis took{0};
};

/// What one run of preemptd saw.
struct Evidence {
  core::WallTime agent_started{};  ///< tells one run from the next
  PollLog::Held polled;
  std::vector<DeliveryAttempt> deliveries;
};

/// The newest runs and attempts that are kept of one notice, and the files that are kept.
inline constexpr std::size_t kMostRuns = 4, kMostDeliveries = 256, kMostEvidence = 50;

std::string evidence_path(const std::string& state_folder, const std::string& notice_id);

std::string to_text(const std::vector<Evidence>& runs);
/// bad_reply: it is no such text.
core::Result<std::vector<Evidence>> parse_evidence(std::string_view text);

/// Empty: nothing is known of this notice.
core::Result<std::vector<Evidence>> read_evidence(const std::string& state_folder, const std::string& notice_id);

/// Puts this run's beside those of runs before it, in place of what it said earlier, and removes the oldest files.
/// Blocks as long as the disk does.
core::Result<void> write_evidence(const std::string& state_folder, const std::string& notice_id, Evidence run);

}  // namespace preemptd::node
