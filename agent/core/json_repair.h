#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::core {

/// JSON text in which one value cannot be read, made readable at the cost of that value alone: half a surrogate pair,
/// an invalid escape and invalid UTF-8 become U+FFFD; control characters inside strings are escaped; a number that does
/// not fit 64 bits or a double, or that is none (NaN, 007), becomes a string of the same characters. Nothing when there
/// is nothing of the kind to repair; text that is no JSON for another reason stays so. Pure.
std::optional<std::string> repair_json(std::string_view text);

}  // namespace preemptd::core
