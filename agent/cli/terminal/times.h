#pragma once
#include <optional>
#include <string>

#include "core/clock.h"

namespace preemptd::cli {

/// A UTC time as people write it: "2026-03-04T05:05Z", or a bare date, which is its first instant. Pure.
std::optional<core::WallTime> time_in(const std::string& word);

/// "2026-03-04T05:05Z": the cloud's whole minutes.
std::string minute_text(core::WallTime time);

}  // namespace preemptd::cli
