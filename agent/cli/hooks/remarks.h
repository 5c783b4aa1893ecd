#pragma once
#include <string>
#include <vector>

#include "drain/hooks/discovery.h"

namespace preemptd::cli {

/// Something to say of a hook before anybody runs it. Fit for a terminal.
struct HookRemark {
  std::string hook;
  bool error = false;  ///< it would not run; else it will bite one day
  std::string what;
};

/// All that discovery and the gate say of it, its limits, and its syntax by its interpreter's own check (sh, bash, ksh,
/// zsh, python3, ruby), which runs none of it. May take as long as that interpreter does, 10 s at most.
std::vector<HookRemark> remarks_on(const drain::FoundHook& hook);

}  // namespace preemptd::cli
