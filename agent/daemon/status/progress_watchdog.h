#pragma once
#include <cstdint>
#include <optional>

#include "core/clock.h"

namespace preemptd::daemon {

/// Whether somebody who counts what it does still does it. Looked at now and then; the time of a suspend, in which
/// nobody could do anything, counts as one ordinary pause between two looks.
class ProgressWatchdog {
 public:
  /// `patience`: silence up to this is life. `pause`: the longest between two looks.
  ProgressWatchdog(core::Millis patience, core::Millis pause) : patience_(patience), pause_(pause) {}

  bool alive(std::uint64_t count, core::BootTime now);

 private:
  core::Millis patience_, pause_;
  core::BootClock::duration silent_{0};
  std::uint64_t count_ = 0;
  std::optional<core::BootTime> looked_;
};

}  // namespace preemptd::daemon
