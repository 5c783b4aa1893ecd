#pragma once
#include "core/clock.h"

namespace preemptd::simulator {

/// The simulator's own time line: wall time that never steps, because it runs on the boot clock from the moment it was
/// made. All state machines run on it.
class CloudClock {
 public:
  explicit CloudClock(const core::Clock& machine)
      : machine_(machine), wall_(machine.wall_now()), boot_(machine.boot_now()) {}

  core::WallTime now() const { return wall_ + std::chrono::duration_cast<core::Millis>(machine_.boot_now() - boot_); }

 private:
  const core::Clock& machine_;
  core::WallTime wall_;
  core::BootTime boot_;
};

/// One instant: as it is, and as a server whose clock is wrong by `error` has it.
struct Moment {
  core::WallTime now;
  core::Millis error{0};

  core::WallTime shown(core::WallTime time) const { return time + error; }
  core::WallTime shown_now() const { return now + error; }
  core::WallTime meant(core::WallTime given) const { return given - error; }
};

}  // namespace preemptd::simulator
