#pragma once
#include "core/clock.h"

namespace preemptd::fakes {

/// Both clocks, moved by hand.
class FakeClock final : public core::Clock {
 public:
  core::BootTime boot_now() const override { return boot; }
  core::WallTime wall_now() const override { return wall; }

  void advance(core::Millis by) {
    boot += by;
    wall += by;
  }

  core::BootTime boot{core::Seconds(1000)};
  core::WallTime wall{core::Seconds(1'800'000'000)};
};

}  // namespace preemptd::fakes
