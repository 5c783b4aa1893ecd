#pragma once
#include <string_view>

namespace preemptd::core {

/// The version of every program of this build: "0.1.0".
std::string_view version();

}  // namespace preemptd::core
