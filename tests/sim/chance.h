#pragma once
#include <cstdint>

#include "core/clock.h"

namespace preemptd::sim {

using core::Millis;
using core::Seconds;

/// All chance in a world comes from its seed (splitmix64: the same on every machine).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  bool percent(int of_hundred) { return static_cast<int>(next() % 100) < of_hundred; }
  int between(int low, int high) { return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1)); }
  Millis between(Millis low, Millis high) {
    return low + Millis(next() % static_cast<std::uint64_t>((high - low).count() + 1));
  }
  double fraction() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }

 private:
  std::uint64_t state_;
};

}  // namespace preemptd::sim
