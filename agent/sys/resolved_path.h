#pragma once
#include <string>

#include "core/result.h"

namespace preemptd::sys {

/// The absolute path without links, as realpath(3) has it, asked in a process that can be left behind. bad_input: there
/// is no such path. timed_out: it does not answer within a second. local: it cannot be looked at.
core::Result<std::string> resolved_path(const std::string& path);

}  // namespace preemptd::sys
