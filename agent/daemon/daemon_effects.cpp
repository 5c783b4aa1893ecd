#include "daemon/daemon.h"

#include <algorithm>

#include "core/duration.h"
#include "core/utc.h"
#include "daemon/drains/last_word.h"
#include "node/report_events.h"
#include "watch/advice.h"

namespace preemptd::daemon {
namespace {

/// Long enough for a path unit on a busy machine, short against the window.
constexpr core::Millis kNobodyDrains = core::Seconds(5), kNobodyDrainsAtMost = core::Seconds(60);
/// Without its file a notice starts no drain.
constexpr core::Millis kPublishAgain = core::Seconds(1);

std::string when(const core::Notice& notice) {
  const auto left = core::Deadline(notice.deadline).left(core::BootClock::now());
  return core::format_utc(notice.termination_time) + (notice.exact ? "" : " (estimated)") + ", in " +
         core::format_duration(std::chrono::round<core::Seconds>(left));
}

}  // namespace

void Daemon::on_effect(const watch::Effect& effect) {
  std::visit([this](const auto& e) { on(e); }, effect);
  write_status();
}

void Daemon::on(const watch::NoticeSeen& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  log_.say(Level::warning, "notice.seen", "the cloud takes this instance back at " + when(n),
           {{"notice", n.id}, {"source", std::string(core::name_of(n.sources.front()))}});
  reporter_->put(node::notice_event("notice.seen", n, n.seen_at));
}

void Daemon::on(const watch::NoticeResumed& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  if (n.state == core::NoticeState::withdrawn) {
    const std::string what = follower_->over() ? ", and nothing is left to undo" : "; undoing the drain";
    log_.say(Level::warning, "notice.withdrawn", "the notice is taken back" + what, {{"notice", n.id}});
    return reporter_->put(node::notice_event("notice.withdrawn", n, core::system_clock().wall_now()));
  }
  log_.say(Level::warning, "notice.resumed", "going on with the notice of before: " + when(n),
           {{"notice", n.id}, {"state", std::string(core::name_of(n.state))}});
  reporter_->put(node::notice_event("notice.seen", n, n.seen_at));
}

void Daemon::on(const watch::NoticeMoved& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  log_.say(Level::warning, "notice.moved", "the time moved from " + core::format_utc(effect.before) + " to " + when(n),
           {{"notice", n.id}});
  reporter_->put(node::notice_event("notice.moved", n, core::system_clock().wall_now()));
}

void Daemon::on(const watch::NoticeAmended& effect) {
  publish(effect.notice);
  log_.say(Level::info, "notice.amended", "another source confirms the notice, or tells more of it",
           {{"notice", effect.notice.id}, {"source", std::string(core::name_of(effect.notice.sources.back()))}});
}

void Daemon::on(const watch::NoticeWithdrawn& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  log_.say(Level::warning, "notice.withdrawn", "the notice is taken back: " + effect.why + "; undoing the drain",
           {{"notice", n.id}});
  reporter_->put(node::notice_event("notice.withdrawn", n, core::system_clock().wall_now()));
}

void Daemon::on(const watch::NoticeForgotten& effect) {
  files_.forget();
  publish_again_.reset();
  look_for_last_drain();
  log_.say(Level::warning, "notice.forgotten", "a notice on disk is not taken for this instance's: " + effect.why,
           {{"notice", effect.notice.id}});
}

void Daemon::on(const watch::AskControlNow&) {}

void Daemon::on(const watch::Trouble& effect) {
  log_.say(Level::warning, "source.trouble",
           watch::advice_for(effect.source, effect.error, watcher_->other_watches(effect.source)),
           {{"source", std::string(core::name_of(effect.source))},
            {"fault", std::string(core::name_of(effect.error.code))}});
}

void Daemon::on(const watch::Recovered& effect) {
  log_.say(Level::info, "source.recovered", "answers again", {{"source", std::string(core::name_of(effect.source))}});
}

void Daemon::on(const watch::Remark& effect) {
  log_.say(Level::warning, "source.odd", effect.text);
}

void Daemon::on(const watch::WentBlind&) {
  log_.say(Level::error, "agent.blind", "no source has answered for too long: a notice would not be seen");
  reporter_->put(node::agent_event("agent.blind", watcher_->state().identity, core::system_clock().wall_now()));
}

void Daemon::on(const watch::SightRegained& effect) {
  log_.say(Level::warning, "agent.sighted",
           "a source answers again; blind for " + core::format_duration(effect.blind_for));
  reporter_->put(node::agent_event("agent.sighted", watcher_->state().identity, core::system_clock().wall_now()));
}

/// The drain comes before everything else that a notice sets in motion.
void Daemon::act_on(const core::Notice& notice) {
  publish(notice);
  follower_->follow(notice);
  if (!follower_->over()) {
    if (starter_) starter_->see_to(notice);
    nobody_drains_ = loop_->after(kNobodyDrains, [this] { warn_if_nobody_drains(kNobodyDrains); });
  }
  const bool dying = notice.state == core::NoticeState::pending && !notice.rehearsal;
  reporter_->set_end(dying ? std::optional(core::Deadline(notice.deadline)) : std::nullopt);
  plan_last_word();
}

/// Whatever hangs, the outside hears how it stands while there is still time to tell it.
void Daemon::plan_last_word() {
  last_word_.reset();
  const auto& notice = watcher_->state().notice;
  if (!notice || notice->state != core::NoticeState::pending || follower_->over()) return;
  last_word_ = loop_->at(last_word_at(*notice, follower_->record(), loaded_.config.drain.report_reserve),
                         [this] { say_last_word(); });
}

void Daemon::say_last_word() {
  const auto& notice = watcher_->state().notice;
  if (!notice || notice->state != core::NoticeState::pending || follower_->over()) return;
  const core::Millis left = core::Deadline(notice->deadline).left(core::BootClock::now());
  log_.say(Level::warning, "drain.unfinished", "the drain's time is nearly over, and it is not",
           {{"notice", notice->id}});
  reporter_->put(node::unfinished_event(*notice, follower_->record(), left, core::system_clock().wall_now()));
}

void Daemon::publish(const core::Notice& notice) {
  const auto published = files_.publish(notice);
  publish_again_.reset();
  if (!published) {
    log_.say(Level::error, "notice.unwritten",
             core::describe(published.error()) + ": no drainer can read the notice from there; trying again");
    publish_again_ = loop_->after(kPublishAgain, [this, notice] { act_on(notice); });
  }
  set_fault("notice file", published ? std::nullopt : std::optional(core::describe(published.error())));
  disk_->post([files = files_, notice, box = kept_.get()] { box->post(files.keep(notice)); });
  if (evidence_) evidence_->follow(notice);
}

/// The path unit makes nothing of a notice that changes while the drain service still ends: the file once more is one
/// more event.
void Daemon::warn_if_nobody_drains(core::Millis after) {
  const auto& notice = watcher_->state().notice;
  if (!notice || follower_->over()) return;
  const auto record = follower_->record();
  const bool undo = notice->state == core::NoticeState::withdrawn;
  if (record && !(undo && record->state == drain::DrainState::drained)) return;
  const std::string missing = std::string("no ") + (undo ? "undo" : "drain") + " has begun yet: ";
  log_.say(Level::error, "drain.missing",
           missing + (starts_drains_ ? "see the lines of preempt-drain above"
                                     : "is preemptd-drain.path enabled and preemptd-drain.service intact?"));
  set_fault("drain", missing + "nobody does what the notice asks for");
  publish(*notice);
  const core::Millis next = std::min(2 * after, kNobodyDrainsAtMost);
  nobody_drains_ = loop_->after(next, [this, next] { warn_if_nobody_drains(next); });
}

void Daemon::on_journal_entry(const core::Notice& notice, const drain::JournalEntry& entry) {
  set_fault("drain", std::nullopt);
  metrics_.count(entry);
  if (auto event = node::journal_event(notice, entry, follower_->record())) reporter_->put(std::move(*event));
  if (std::holds_alternative<drain::DrainFinished>(entry.body)) {
    log_.say(Level::info, "drain.finished", "the drain is over", {{"notice", notice.id}});
    check_hooks_soon();
  }
  if (!watcher_) return;
  const bool hook =
      std::holds_alternative<drain::HookStarted>(entry.body) || std::holds_alternative<drain::HookFinished>(entry.body);
  if (!hook) plan_last_word();
  write_status();
}

void Daemon::on_note(const report::Note& note) {
  const bool fine = note.kind == report::Note::Kind::delivered;
  const std::string text = std::string(report::name_of(note.kind)) + (note.detail.empty() ? "" : ": " + note.detail);
  if (evidence_) evidence_->told(note, core::system_clock().wall_now());
  log_.say(fine ? Level::debug : Level::warning, "report." + std::string(report::name_of(note.kind)), text,
           {{"sink", note.sink}, {"type", note.event_type}, {"id", note.event_id}});
  write_status_soon();
}

}  // namespace preemptd::daemon
