#include "daemon/effect_interpreter.h"

#include <algorithm>

#include "core/duration.h"
#include "core/utc.h"
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

void EffectInterpreter::carry_out(const watch::Effect& effect) {
  std::visit([this](const auto& e) { on(e); }, effect);
}

void EffectInterpreter::on(const watch::NoticeSeen& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  with_.log.warning("notice.seen", "the cloud takes this instance back at " + when(n),
                    {{"notice", n.id}, {"source", std::string(core::name_of(n.sources.front()))}});
  with_.reporter.put(node::notice_event("notice.seen", n, n.seen_at));
}

void EffectInterpreter::on(const watch::NoticeResumed& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  if (n.state == core::NoticeState::withdrawn) {
    const std::string what = with_.follower.over() ? ", and nothing is left to undo" : "; undoing the drain";
    with_.log.warning("notice.withdrawn", "the notice is withdrawn" + what, {{"notice", n.id}});
    return with_.reporter.put(node::notice_event("notice.withdrawn", n, core::system_clock().wall_now()));
  }
  with_.log.warning("notice.resumed", "continuing with the notice from before the restart: " + when(n),
                    {{"notice", n.id}, {"state", std::string(core::name_of(n.state))}});
  with_.reporter.put(node::notice_event("notice.seen", n, n.seen_at));
}

void EffectInterpreter::on(const watch::NoticeMoved& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  with_.log.warning("notice.moved", "the time moved from " + core::format_utc(effect.before) + " to " + when(n),
                    {{"notice", n.id}});
  with_.reporter.put(node::notice_event("notice.moved", n, core::system_clock().wall_now()));
}

void EffectInterpreter::on(const watch::NoticeAmended& effect) {
  publish(effect.notice);
  with_.log.info("notice.amended", "another source confirms the notice, or knows more about it",
                 {{"notice", effect.notice.id}, {"source", std::string(core::name_of(effect.notice.sources.back()))}});
}

void EffectInterpreter::on(const watch::NoticeWithdrawn& effect) {
  const core::Notice& n = effect.notice;
  act_on(n);
  with_.log.warning("notice.withdrawn", "the notice is withdrawn: " + effect.why + "; undoing the drain",
                    {{"notice", n.id}});
  with_.reporter.put(node::notice_event("notice.withdrawn", n, core::system_clock().wall_now()));
}

void EffectInterpreter::on(const watch::NoticeForgotten& effect) {
  with_.files.forget();
  publish_again_.reset();
  with_.disk.read_last_record(with_.state_folder);
  with_.log.warning("notice.forgotten", "ignoring a notice on disk that is not this instance's: " + effect.why,
                    {{"notice", effect.notice.id}});
}

void EffectInterpreter::on(const watch::Trouble& effect) {
  with_.log.warning("source.trouble",
                    watch::advice_for(effect.source, effect.error, watcher_->other_watches(effect.source)),
                    {{"source", std::string(core::name_of(effect.source))},
                     {"fault", std::string(core::name_of(effect.error.code))}});
}

void EffectInterpreter::on(const watch::Recovered& effect) {
  with_.log.info("source.recovered", "answers again", {{"source", std::string(core::name_of(effect.source))}});
}

void EffectInterpreter::on(const watch::Remark& effect) {
  with_.log.warning("source.unexpected", effect.text);
}

void EffectInterpreter::on(const watch::WentBlind&) {
  with_.log.error("agent.blind", "no source has answered for too long: a notice would not be seen");
  with_.reporter.put(node::agent_event("agent.blind", watcher_->state().identity, core::system_clock().wall_now()));
}

void EffectInterpreter::on(const watch::SightRegained& effect) {
  with_.log.warning("agent.sight_regained",
                    "a source answers again; blind for " + core::format_duration(effect.blind_for));
  with_.reporter.put(node::agent_event("agent.sighted", watcher_->state().identity, core::system_clock().wall_now()));
}

void EffectInterpreter::on(const watch::SourcesDisagree& effect) {
  const bool metadata = effect.announcing == core::Source::metadata;
  with_.log.warning("sources.disagree",
                    std::string(metadata ? "the metadata service announces the end, the API shows no lock"
                                         : "the API shows the lock, the metadata service announces no end") +
                        " for " + core::format_duration(std::chrono::round<core::Seconds>(effect.lasts)) +
                        ": the notice counts until both say that it is gone",
                    {{"source", std::string(core::name_of(effect.announcing))}});
  with_.reporter.put(node::sources_event("sources.disagree", *current(), effect.announcing, effect.lasts,
                                         core::system_clock().wall_now()));
}

void EffectInterpreter::on(const watch::SourcesAgree& effect) {
  with_.log.info("sources.agree",
                 std::string(effect.notice ? "both sources announce the end now" : "the sources say the same again") +
                     ", after " + core::format_duration(std::chrono::round<core::Seconds>(effect.after)),
                 {{"source", std::string(core::name_of(effect.announced))}});
  with_.reporter.put(node::sources_event("sources.agree", *current(), effect.announced, effect.after,
                                         core::system_clock().wall_now()));
}

/// The drain comes before everything else that a notice sets in motion.
void EffectInterpreter::act_on(const core::Notice& notice) {
  with_.spare_fds.release();
  publish(notice);
  with_.follower.follow(notice);
  if (!with_.follower.over()) {
    if (starter_ != nullptr) starter_->see_to(notice);
    nobody_drains_ = with_.loop.after(kNobodyDrains, [this] { warn_if_nobody_drains(kNobodyDrains); });
  }
  with_.spare_fds.hold();
  const bool dying = notice.state == core::NoticeState::pending && !notice.rehearsal;
  with_.reporter.set_end(dying ? std::optional(core::Deadline(notice.deadline)) : std::nullopt);
  with_.last_word.plan(notice);
}

void EffectInterpreter::publish(const core::Notice& notice) {
  const auto published = with_.files.publish(notice);
  publish_again_.reset();
  if (!published) {
    with_.log.error("notice.unwritten", core::describe(published.error()) +
                                            ": the notice is not in its file, so no drain can start; trying again");
    publish_again_ = with_.loop.after(kPublishAgain, [this, notice] { act_on(notice); });
  }
  with_.faults.set("notice file", published ? std::nullopt : std::optional(core::describe(published.error())));
  with_.disk.keep_notice(with_.files, notice);
  if (evidence_ != nullptr) evidence_->follow(notice);
}

/// The path unit ignores a notice that changes while the drain service still ends: writing the file again is one more
/// event.
void EffectInterpreter::warn_if_nobody_drains(core::Millis after) {
  const auto& notice = current();
  if (!notice || with_.follower.over()) return;
  const auto record = with_.follower.record();
  const bool undo = notice->state == core::NoticeState::withdrawn;
  if (record && !(undo && record->state == drain::DrainState::drained)) return;
  const std::string missing = std::string("no ") + (undo ? "undo" : "drain") + " has begun yet: ";
  with_.log.error(
      "drain.missing",
      missing + (starter_ != nullptr ? "see the lines of preempt-drain above"
                                     : "is preemptd-drain.path enabled and preemptd-drain.service intact?"));
  with_.faults.set("drain", missing + "nothing acts on the notice");
  publish(*notice);
  const core::Millis next = std::min(2 * after, kNobodyDrainsAtMost);
  nobody_drains_ = with_.loop.after(next, [this, next] { warn_if_nobody_drains(next); });
}

}  // namespace preemptd::daemon
