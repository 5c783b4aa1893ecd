#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

/// The agent's numbers in the Prometheus text format. docs/reference/metrics.md lists them; tests compare it with this.
namespace preemptd::report {

struct SourceNumbers {
  std::string name;  ///< "metadata", "operation-lock"
  bool enabled = true;
  std::map<std::string, std::uint64_t> polls;  ///< by result: "good", "unreadable", or the name of a core::ErrorCode
  std::optional<core::Millis> last_good_age;   ///< nothing: it has never answered
};

struct SinkNumbers {
  std::string name;
  std::map<std::string, std::uint64_t> outcomes;  ///< attempts by name_of(DeliveryOutcome::Kind)
  std::uint64_t owed = 0;
};

/// Counts of durations; the bounds are those of kHookBuckets.
class DurationHistogram {
 public:
  void add(core::Millis duration);
  const std::vector<std::uint64_t>& counts() const { return counts_; }  ///< one for each bound, and one above them all
  std::uint64_t count() const { return count_; }
  core::Millis sum() const { return sum_; }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(13);
  std::uint64_t count_ = 0;
  core::Millis sum_{0};
};

/// Everything that is measured, at one moment. Labels are sources, sinks and outcomes: their number is bounded by the
/// configuration, never by what comes in.
struct MetricsSnapshot {
  std::string version;
  core::WallTime started_at{};
  std::vector<SourceNumbers> sources;
  bool blind = false;
  bool drain_would_start = true;
  core::Millis sources_disagree{0};  ///< for how long one has announced what the other denies; 0: they agree
  core::Millis unseen_last_hour{0};  ///< in which no notice could have been seen
  core::Millis unseen_longest{0};    ///< the longest such stretch since start
  core::Millis clock_error{0};
  bool notice_pending = false;
  std::optional<core::Millis> notice_left;
  std::map<std::string, std::uint64_t> drains;          ///< finished, by outcome: "ok", "failed", "withdrawn"
  std::map<std::string, std::uint64_t> hooks_finished;  ///< by outcome: "ok", "ran_out_of_time", …
  DurationHistogram hook_durations;
  std::optional<core::Millis> last_margin;           ///< left at the end of the last drain; negative: late
  std::map<std::string, std::uint64_t> hooks_found;  ///< "ok", "unusable", "ignored"
  std::optional<core::Millis> plan_margin;           ///< window less what the hooks ask for; negative: does not fit
  std::vector<SinkNumbers> sinks;
  std::uint64_t reports_waiting = 0;
  std::uint64_t reports_waiting_bytes = 0;
  std::uint64_t reports_dropped = 0;
  bool outbox_durable = true;
  std::uint64_t faults = 0;  ///< features lost until something is fixed
};

/// Pure. Valid for promtool and for node_exporter's textfile collector: no timestamps, one HELP and TYPE each.
std::string metrics_text(const MetricsSnapshot& snapshot);

/// Replaces the file as a whole, mode 0644, so that node_exporter never reads a part. Blocks as long as the disk does.
core::Result<void> write_metrics_file(const std::string& path, const std::string& text);

}  // namespace preemptd::report
