#pragma once
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::core {

/// A duration as people write it: "90s", "5m", "1h30m", "300ms", "1.5s". A unit is required ("90" is an error that says
/// so), blanks are not allowed inside, negative values do not exist, more than three years is refused.
Result<Millis> parse_duration(std::string_view text);

/// The shortest exact form: "0s", "300ms", "1.5s", "90s", "5m", "1h30m". parse_duration reads it back unchanged.
std::string format_duration(Millis value);

/// For sentences, not for reading back: "2 min 31 s", "102 s", "1.4 s", "300 ms".
std::string spoken_duration(Millis value);

}  // namespace preemptd::core
