#pragma once
#include <nlohmann/json_fwd.hpp>

#include "cli/terminal/output.h"
#include "cli/terminal/timeline.h"
#include "core/clock.h"

/// Pure: the status file (docs/reference/status-file.md) as a screen.
namespace preemptd::cli {

/// How well the watch does, for the exit code and for probes.
enum class Health { watching, blind, no_drain, not_running };
Health health_of(const Json& status, bool running);

/// One fact a line; `now` tells how old things are.
Table status_table(const Json& status, bool running, core::WallTime now);

/// One bar for each hook of the drain under way, from the notice to its deadline; without lanes when there is none.
Timeline timeline_of(const Json& status, core::WallTime now);

}  // namespace preemptd::cli
