#pragma once
#include <functional>
#include <string>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::cli {

/// What `work` returns, computed in a process of its own, so that a path, disk or program that does not answer costs
/// until `by` and no longer: then that process is killed and the answer is timed_out. `work` starts no thread; what it
/// changes in memory is lost.
core::Result<std::string> result_in_time(const std::function<core::Result<std::string>()>& work, core::Deadline by);

}  // namespace preemptd::cli
