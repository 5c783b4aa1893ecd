#pragma once
#include <string>
#include <string_view>

namespace preemptd::cli {

/// Pure. Text from outside, fit for HTML and SVG, also inside a quoted attribute.
std::string escaped(std::string_view text);

}  // namespace preemptd::cli
