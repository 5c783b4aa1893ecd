#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/clock.h"
#include "daemon/status/status_file.h"
#include "drain/journal/journal.h"
#include "report/metrics/metrics.h"
#include "report/outbox/reporter.h"

namespace preemptd::daemon {

/// What is counted beside the status, for metrics. Belongs to the loop's thread.
class MetricsState {
 public:
  void count(const drain::JournalEntry& entry);

  /// Every few seconds: the sum of all time in which no notice could have been seen, since start.
  void sample(core::BootTime now, core::Millis unseen);

  report::MetricsSnapshot snapshot(const Status& status, const report::ReporterStatus& reports) const;

 private:
  std::map<std::string, std::uint64_t> drains_, hooks_;
  report::DurationHistogram durations_;
  std::optional<core::Millis> last_margin_;
  std::deque<std::pair<core::BootTime, core::Millis>> unseen_;  ///< of the last hour, one a minute
  core::Millis unseen_now_{0};
};

}  // namespace preemptd::daemon
