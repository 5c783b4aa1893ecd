#include "daemon/status_publisher.h"

#include <unistd.h>

#include <utility>

#include "daemon/status/watch_status.h"
#include "node/drain_result.h"
#include "sys/files.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kSoon{200};
/// Ages in the status file may be this stale while nothing happens; every change is written at once.
constexpr core::Millis kStatusAtRest = core::Seconds(15), kStatusInDrain = core::Seconds(5);

DrainStatus drain_status(const core::Notice& notice, const std::optional<drain::Record>& record, bool over) {
  DrainStatus status;
  status.id = notice.id;
  status.state = !record ? "waiting" : over ? "finished" : "running";
  if (!record) return status;
  if (record->finished) status.margin = record->finished->margin;
  status.verdict = core::drain_verdict(node::result_of(*record));
  status.backend = record->started.backend;
  for (const auto& hook : record->hooks) {
    HookProgress progress;
    progress.hook = hook.plan.hook.name;
    progress.event = hook.undo ? "undo" : "drain";
    if (hook.outcome) {
      const auto& outcome = hook.undo ? *hook.undo : *hook.outcome;
      progress.outcome = not_needed(outcome) ? "not_needed" : std::string(drain::name_of(outcome.ending));
    } else {
      progress.outcome = hook.started ? "running" : "waiting";
    }
    if (hook.started)
      progress.started_at =
          record->started_at + std::chrono::duration_cast<core::Millis>(*hook.started - record->started_boot);
    if (hook.started && hook.ended)
      progress.took = std::chrono::duration_cast<core::Millis>(*hook.ended - *hook.started);
    status.hooks.push_back(std::move(progress));
  }
  return status;
}

std::string source_words(const char* name, const SourceStatus& source) {
  if (!source.enabled) return std::string(name) + " off";
  if (source.trouble) return std::string(name) + " " + std::string(core::name_of(source.trouble->code));
  return std::string(name) + (source.last_good_age ? " ok" : " not asked yet");
}

std::string_view name_of(DrainStarterKind kind) {
  switch (kind) {
    case DrainStarterKind::preemptd: return "preemptd";
    case DrainStarterKind::service_manager: return "systemd";
    case DrainStarterKind::nobody: return "nobody";
  }
  return "nobody";
}

std::string line_of(const Status& s) {
  std::string line = s.phase;
  if (s.notice && s.notice->state == core::NoticeState::pending) line += " for " + s.notice->id;
  if (s.blind) line += "; BLIND: no source answers";
  if (s.no_drain) line += "; NO DRAIN WOULD START";
  line += "; " + source_words("metadata", s.metadata) + ", " + source_words("API", s.control);
  line += "; " + std::to_string(s.hooks.ok) + (s.hooks.ok == 1 ? " hook" : " hooks");
  if (s.hooks.unusable > 0) line += ", " + std::to_string(s.hooks.unusable) + " unusable";
  if (!s.hooks.fits) line += "; the plan does not fit";
  if (s.disagreement) line += "; the sources disagree";
  if (s.reports_waiting > 0) line += "; " + std::to_string(s.reports_waiting) + " reports waiting";
  if (!s.changed_files.empty()) line += "; settings have changed and are not in force (systemctl reload preemptd)";
  for (const auto& fault : s.faults) line += "; lost: " + fault;
  return line;
}

}  // namespace

std::string StatusPublisher::phase() const {
  const watch::State& state = from_.watcher.state();
  if (!state.notice) return state.metadata.last_good || state.control.last_good ? "watching" : "starting";
  const bool over = from_.follower.over();
  if (state.notice->state == core::NoticeState::withdrawn) return over ? "withdrawn" : "undoing";
  return over ? "drained" : "draining";
}

Status StatusPublisher::status() const {
  Status s;
  s.written_at = core::system_clock().wall_now();
  s.started_at = from_.started_at;
  s.pid = static_cast<int>(::getpid());
  describe(from_.watcher, core::BootClock::now(), s);
  s.phase = phase();
  s.hooks = hooks_;
  s.no_drain = no_drain_;
  s.changed_files = changed_files_;
  s.drain_started_by = name_of(no_drain_ ? DrainStarterKind::nobody : starter_);
  if (s.notice) {
    s.drain = drain_status(*s.notice, from_.follower.record(), from_.follower.over());
  } else if (last_record_ && last_record_->notice.instance.instance_id == s.instance.instance_id) {
    s.drain = drain_status(last_record_->notice, last_record_, true);
    if (!last_record_->finished) s.drain->state = "interrupted";
  }
  const report::ReporterStatus reports = from_.reporter.status();
  s.reports_waiting = reports.waiting;
  for (const auto& sink : reports.sinks)
    s.sinks.push_back({sink.name, sink.owed, sink.failures, sink.gone, sink.last_detail});
  for (const auto& [feature, why] : from_.faults.all()) s.faults.push_back(feature + " (" + why + ")");
  s.line = line_of(s);
  return s;
}

void StatusPublisher::write() {
  const Status s = status();
  written_ = core::BootClock::now();
  phase_ = s.phase;
  const auto written =
      sys::write_file_atomically(from_.run_folder + "/status.json", to_json_text(s), 0644, sys::Durable::no);
  from_.faults.set("status file", written ? std::nullopt : std::optional(core::describe(written.error())));
  if (s.line == line_) return;
  line_ = s.line;
  from_.service.status(line_);
}

void StatusPublisher::write_soon() {
  if (std::exchange(due_, true)) return;
  soon_ = from_.loop.after(kSoon, [this] {
    due_ = false;
    write();
  });
}

void StatusPublisher::tick(core::BootTime now) {
  metrics_.sample(now, from_.watcher.unseen_total(now));
  const core::Millis rest = from_.follower.over() ? kStatusAtRest : kStatusInDrain;
  if (now - written_ >= rest || phase() != phase_) write();
}

report::Page StatusPublisher::page(std::string_view path) const {
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text()};
  const Status s = status();
  if (path == "/status") return {200, "application/json", to_json_text(s)};
  // Healthy means that a notice would be seen and answered: not that hooks, sinks or disks are well.
  const bool healthy = !s.blind && !s.no_drain && (s.metadata.good > 0 || s.control.good > 0);
  return {healthy ? 200 : 503, "text/plain; charset=utf-8", s.line + "\n"};
}

std::string StatusPublisher::metrics_text() const {
  return report::metrics_text(metrics_.snapshot(status(), from_.reporter.status()));
}

}  // namespace preemptd::daemon
