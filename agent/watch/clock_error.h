#pragma once
#include "core/clock.h"

namespace preemptd::watch {

/// Local wall clock minus the cloud's, from a Date header read just after the answer came. The header is cut to whole
/// seconds, so up to a second and a half either way is no error at all: then the finer local clock is trusted (0).
core::Millis clock_error(core::WallTime local, core::WallTime server_date);

}  // namespace preemptd::watch
