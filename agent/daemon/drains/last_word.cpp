#include "daemon/drains/last_word.h"

#include "drain/plan/plan.h"
#include "node/report_events.h"

namespace preemptd::daemon {

core::BootTime last_word_at(const core::Notice& notice, const std::optional<drain::Record>& record,
                            core::Millis reserve) {
  drain::Limits limits;
  const bool begun = record && record->started.boot_id == notice.boot_id;
  limits.report_reserve = begun ? record->started.report_reserve : reserve / notice.speed;
  const core::Deadline deadline = begun ? record->started.deadline : core::Deadline(notice.deadline);
  return drain::window_until(deadline, begun ? record->started_boot : notice.seen_at_boot, limits).hooks_end.at();
}

bool LastWord::wanted() const {
  return notice_ && notice_->state == core::NoticeState::pending && !follower_.over();
}

void LastWord::plan(const core::Notice& notice) {
  notice_ = notice;
  plan_again();
}

void LastWord::plan_again() {
  timer_.reset();
  if (wanted()) timer_ = loop_.at(last_word_at(*notice_, follower_.record(), reserve_), [this] { say(); });
}

void LastWord::say() {
  if (!wanted()) return;
  const core::Millis left = core::Deadline(notice_->deadline).left(core::BootClock::now());
  log_.warning("drain.unfinished", "the drain is not over, and its time nearly is", {{"notice", notice_->id}});
  reporter_.put(node::unfinished_event(*notice_, follower_.record(), left, core::system_clock().wall_now()));
}

}  // namespace preemptd::daemon
