#include "daemon/status/watch_status.h"

namespace preemptd::daemon {
namespace {

SourceStatus status_of(const SourceCounts& counts, bool enabled, const std::optional<core::Error>& trouble,
                       core::BootTime now) {
  SourceStatus status;
  status.enabled = enabled;
  if (const auto last = counts.last_good())
    status.last_good_age = std::chrono::duration_cast<core::Millis>(now - *last);
  status.good = counts.good_count();
  status.failed = counts.failed_count();
  for (std::size_t i = 0; i < SourceCounts::kErrorCodes; ++i)
    if (const auto count = counts.failed_count(static_cast<core::ErrorCode>(i)); count > 0)
      status.failed_by_fault[std::string(core::name_of(static_cast<core::ErrorCode>(i)))] = count;
  status.unreadable = counts.unreadable_count();
  status.trouble = trouble;
  return status;
}

}  // namespace

void describe(const Watcher& watcher, core::BootTime now, Status& status) {
  const watch::State& state = watcher.state();
  const PollStats& stats = watcher.stats();
  status.instance = state.identity;
  status.metadata = status_of(stats.metadata, true, watcher.trouble_of(core::Source::metadata), now);
  status.control =
      status_of(stats.control, watcher.asks_control(), watcher.trouble_of(core::Source::operation_lock), now);
  status.metadata.announces = state.metadata_view.announces;
  status.control.announces = state.lock.seen && !state.lock.stale;
  status.key = stats.key;
  status.clock_error = state.clock_error;
  status.blind = state.blind_since.has_value();
  if (state.disagreement && state.disagreement->reported)
    status.disagreement = {state.disagreement->announcing,
                           std::chrono::duration_cast<core::Millis>(now - state.disagreement->since)};
  status.longest_unseen = stats.unseen.longest(now);
  status.notice = state.notice;
  if (state.notice) status.left = core::Deadline(state.notice->deadline).left(now);
}

}  // namespace preemptd::daemon
