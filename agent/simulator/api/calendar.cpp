#include "simulator/api/calendar.h"

namespace preemptd::simulator {

core::WallTime later_by(core::WallTime time, int count, std::string_view unit) {
  using namespace std::chrono;
  if (unit == "Week") return time + days(7 * count);
  const auto midnight = floor<days>(time);
  const auto moved = year_month_day(midnight) + (unit == "Year" ? months(12 * count) : months(count));
  const auto day = moved.ok() ? sys_days(moved) : sys_days(moved.year() / moved.month() / last);
  return day + (time - midnight);
}

ActionResult<core::WallTime> release_time(core::WallTime asked, Moment moment) {
  using namespace std::chrono;
  const auto at = floor<minutes>(asked);
  // The half hour is counted from the minute the call came in, since the seconds of what was asked are cut off.
  if (at < floor<minutes>(moment.now) + minutes(30) || at > moment.now + days(3 * 366)) {
    return deny(400, "InvalidAutoReleaseTime.Malformed",
                "The specified AutoReleaseTime is out of the permitted range.");
  }
  return at;
}

}  // namespace preemptd::simulator
