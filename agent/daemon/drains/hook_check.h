#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/status/status_file.h"

namespace preemptd::daemon {

struct HookCheck {
  HooksStatus status;
  std::vector<std::string> complaints;  ///< one line for each hook that would not run although it looks like one
};

/// What a drain would run now and whether it fits the usual window. Reads the hooks' folders: not for the loop's
/// thread.
HookCheck check_hooks(const config::Config& config);

}  // namespace preemptd::daemon
