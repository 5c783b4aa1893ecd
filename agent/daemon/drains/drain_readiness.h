#pragma once
#include <optional>
#include <string>

namespace preemptd::daemon {

/// Whether the service manager would start a drain now: the path unit is active, its service is not masked, the drainer
/// can be executed. Nothing: it would, or it is not known (a look that fails is no finding). Else what is wrong and the
/// command that helps. Runs systemctl, for five seconds at most: not for the loop's thread.
std::optional<std::string> why_no_drain_would_start();

}  // namespace preemptd::daemon
