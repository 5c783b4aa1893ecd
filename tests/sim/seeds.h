#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "world.h"

namespace preemptd::sim {

struct Found {
  std::uint64_t seed = 0;
  Violation violation;
};

/// Lives through `count` seeds beginning with `from`, on all processors. Nothing: all laws held; else the smallest seed
/// found in which one did not.
std::optional<Found> search(std::uint64_t from, std::uint64_t count, Broken broken = Broken::nothing);

/// The seed, the law, and how to see it again.
std::string describe(const Found& found, Broken broken = Broken::nothing);

}  // namespace preemptd::sim
