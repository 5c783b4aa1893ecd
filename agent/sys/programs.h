#pragma once
#include <string>

#include "core/result.h"

namespace preemptd::sys {

/// The executable `name` of this build or installation: beside the running program, in ../sbin, ../bin or
/// ../libexec/preemptd of its folder, then in PATH. bad_input, naming the places, when it is missing.
core::Result<std::string> find_program(const std::string& name);

}  // namespace preemptd::sys
