#include "daemon/status/metrics_state.h"

#include <algorithm>

#include "core/version.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kHour = std::chrono::hours(1);

report::SourceNumbers numbers_of(std::string name, const SourceStatus& source) {
  report::SourceNumbers numbers;
  numbers.name = std::move(name);
  numbers.enabled = source.enabled;
  numbers.polls = source.failed_by_fault;
  numbers.polls["good"] = source.good;
  numbers.polls["unreadable"] = source.unreadable;
  numbers.last_good_age = source.last_good_age;
  return numbers;
}

void add_reports(report::MetricsSnapshot& snapshot, const report::ReporterStatus& reports) {
  for (const auto& sink : reports.sinks) snapshot.sinks.push_back({sink.name, sink.outcomes, sink.owed});
  snapshot.reports_waiting = reports.waiting;
  snapshot.reports_waiting_bytes = reports.waiting_bytes;
  snapshot.reports_dropped = reports.dropped;
  snapshot.outbox_durable = reports.durable;
}

}  // namespace

void MetricsState::count(const drain::JournalEntry& entry) {
  if (const auto* hook = std::get_if<drain::HookFinished>(&entry.body)) {
    ++hooks_[std::string(drain::name_of(hook->outcome.ending))];
    if (hook->attempt > 0) durations_.add(hook->took);
  }
  if (const auto* drain = std::get_if<drain::DrainFinished>(&entry.body)) {
    ++drains_[drain->withdrawn ? "withdrawn" : drain->failed > 0 ? "failed" : "ok"];
    last_margin_ = drain->margin;
  }
}

void MetricsState::sample(core::BootTime now, core::Millis unseen) {
  unseen_now_ = unseen;
  if (unseen_.empty() || now - unseen_.back().first >= std::chrono::minutes(1)) unseen_.emplace_back(now, unseen);
  while (unseen_.size() > 1 && now - unseen_.front().first > kHour) unseen_.pop_front();
}

report::MetricsSnapshot MetricsState::snapshot(const Status& status, const report::ReporterStatus& reports) const {
  report::MetricsSnapshot s;
  s.version = core::version();
  s.started_at = status.started_at;
  s.sources = {numbers_of("metadata", status.metadata), numbers_of("operation-lock", status.control)};
  s.blind = status.blind;
  s.drain_would_start = !status.no_drain;
  if (status.disagreement) s.sources_disagree = status.disagreement->lasts;
  s.unseen_last_hour =
      std::clamp(unseen_.empty() ? unseen_now_ : unseen_now_ - unseen_.front().second, core::Millis(0), kHour);
  s.unseen_longest = status.longest_unseen;
  s.clock_error = status.clock_error;
  s.notice_pending = status.notice && status.notice->state == core::NoticeState::pending;
  if (s.notice_pending) s.notice_left = status.left;
  s.drains = drains_;
  s.hooks_finished = hooks_;
  s.hook_durations = durations_;
  s.last_margin = last_margin_;
  s.hooks_found = {{"ok", static_cast<std::uint64_t>(status.hooks.ok)},
                   {"unusable", static_cast<std::uint64_t>(status.hooks.unusable)},
                   {"ignored", static_cast<std::uint64_t>(status.hooks.ignored)}};
  s.plan_margin = status.hooks.margin;
  add_reports(s, reports);
  s.faults = status.faults.size();
  return s;
}

}  // namespace preemptd::daemon
