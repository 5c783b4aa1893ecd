#pragma once
#include <vector>

#include "config/config.h"
#include "config/load.h"
#include "core/result.h"

namespace preemptd::config {

/// What no single key shows: sinks without what their type needs, keys that mean nothing for it, limits that
/// contradict each other. Pure. Problems are appended to loaded.problems, doubts to loaded.warnings.
void check_together(Loaded& loaded);

}  // namespace preemptd::config
