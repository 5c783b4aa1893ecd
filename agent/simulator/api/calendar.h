#pragma once
#include <string_view>

#include "core/clock.h"
#include "simulator/api/api_error.h"
#include "simulator/cloud/cloud_clock.h"

namespace preemptd::simulator {

/// `count` of Week, Month or Year later by the calendar; the 31st becomes the last day of a shorter month.
core::WallTime later_by(core::WallTime time, int count, std::string_view unit);

/// A time of automatic release: at least 30 minutes and at most three years away, cut to the minute.
/// InvalidAutoReleaseTime.Malformed otherwise.
ActionResult<core::WallTime> release_time(core::WallTime asked, Moment moment);

}  // namespace preemptd::simulator
