#include "daemon/drains/last_word.h"

#include "drain/plan/plan.h"

namespace preemptd::daemon {

core::BootTime last_word_at(const core::Notice& notice, const std::optional<drain::Record>& record,
                            core::Millis reserve) {
  drain::Limits limits;
  const bool begun = record && record->started.boot_id == notice.boot_id;
  limits.report_reserve = begun ? record->started.report_reserve : reserve / notice.speed;
  const core::Deadline deadline = begun ? record->started.deadline : core::Deadline(notice.deadline);
  return drain::window_until(deadline, begun ? record->started_boot : notice.seen_at_boot, limits).hooks_end.at();
}

}  // namespace preemptd::daemon
