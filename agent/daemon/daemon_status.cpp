#include <unistd.h>

#include <utility>

#include "core/duration.h"
#include "daemon/daemon.h"
#include "daemon/status/watch_status.h"
#include "sys/files.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kStatusAfter{200};

DrainStatus drain_status(const core::Notice& notice, const std::optional<drain::Record>& record, bool over) {
  DrainStatus status;
  status.id = notice.id;
  status.state = !record ? "waiting" : over ? "finished" : "running";
  if (!record) return status;
  status.backend = record->started.backend;
  for (const auto& hook : record->hooks) {
    HookProgress progress;
    progress.hook = hook.plan.hook.name;
    progress.event = hook.undo ? "undo" : "drain";
    if (hook.outcome) {
      progress.outcome = std::string(drain::name_of((hook.undo ? *hook.undo : *hook.outcome).ending));
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

}  // namespace

std::string Daemon::phase() const {
  const auto& notice = watcher_->state().notice;
  if (!notice)
    return watcher_->state().metadata.last_good || watcher_->state().control.last_good ? "watching" : "starting";
  const bool over = follower_->over();
  if (notice->state == core::NoticeState::withdrawn) return over ? "withdrawn" : "undoing";
  return over ? "drained" : "draining";
}

std::string Daemon::status_line(const Status& s) const {
  std::string line = s.phase;
  if (s.notice && s.notice->state == core::NoticeState::pending) line += " for " + s.notice->id;
  if (s.blind) line += "; BLIND: no source answers";
  line += "; " + source_words("metadata", s.metadata) + ", " + source_words("API", s.control);
  line += "; " + std::to_string(s.hooks.ok) + (s.hooks.ok == 1 ? " hook" : " hooks");
  if (s.hooks.unusable > 0) line += ", " + std::to_string(s.hooks.unusable) + " unusable";
  if (!s.hooks.fits) line += "; the plan does not fit";
  if (s.reports_waiting > 0) line += "; " + std::to_string(s.reports_waiting) + " reports waiting";
  for (const auto& fault : s.faults) line += "; lost: " + fault;
  return line;
}

Status Daemon::status() const {
  Status s;
  s.written_at = core::system_clock().wall_now();
  s.started_at = started_at_;
  s.pid = static_cast<int>(::getpid());
  describe(*watcher_, core::BootClock::now(), s);
  s.phase = phase();
  s.hooks = hooks_;
  s.drain_started_by = starter_                                                                    ? "preemptd"
                       : starts_drains_ || loaded_.config.drain.start == config::StartDrain::never ? "nobody"
                                                                                                   : "systemd";
  if (s.notice) {
    s.drain = drain_status(*s.notice, follower_->record(), follower_->over());
  } else if (last_record_ && last_record_->notice.instance.instance_id == s.instance.instance_id) {
    s.drain = drain_status(last_record_->notice, last_record_, true);
    if (!last_record_->finished) s.drain->state = "interrupted";
  }
  const report::ReporterStatus reports = reporter_->status();
  s.reports_waiting = reports.waiting;
  for (const auto& sink : reports.sinks)
    s.sinks.push_back({sink.name, sink.owed, sink.failures, sink.gone, sink.last_detail});
  for (const auto& [feature, why] : faults_) s.faults.push_back(feature + " (" + why + ")");
  s.line = status_line(s);
  return s;
}

void Daemon::write_status() {
  if (!watcher_) return;
  const Status s = status();
  status_written_ = core::BootClock::now();
  told_phase_ = s.phase;
  const auto written =
      sys::write_file_atomically(loaded_.config.paths.run + "/status.json", to_json_text(s), 0644, sys::Durable::no);
  set_fault("status file", written ? std::nullopt : std::optional(core::describe(written.error())));
  if (s.line == told_line_) return;
  told_line_ = s.line;
  service_.status(told_line_);
}

/// For what may come in bursts, as deliveries do.
void Daemon::write_status_soon() {
  if (std::exchange(status_due_, true)) return;
  status_soon_ = loop_->after(kStatusAfter, [this] {
    status_due_ = false;
    write_status();
  });
}

void Daemon::set_fault(const std::string& feature, std::optional<std::string> why) {
  const auto known = faults_.find(feature);
  if (!why) {
    if (known == faults_.end()) return;
    faults_.erase(known);
    return log_.say(Level::info, "fault.mended", feature + " works again");
  }
  if (known != faults_.end() && known->second == *why) return;
  faults_[feature] = *why;
  log_.say(Level::error, "fault.lost", "without " + feature + " until this is mended: " + *why);
}

}  // namespace preemptd::daemon
