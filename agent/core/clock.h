#pragma once
#include <algorithm>
#include <chrono>
#include <string>

namespace preemptd::core {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// CLOCK_BOOTTIME: counts suspend, never steps. The only clock that decides anything.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};
using BootTime = BootClock::time_point;

/// `wait` after `now`, at most a hundred years away: a wall clock or a date may say more than nanoseconds can hold.
BootTime boot_time_after(BootTime now, Millis wait);

/// UTC with milliseconds. For speaking to people and to the cloud, never for deciding.
using WallTime = std::chrono::sys_time<Millis>;

/// The seam to the machine's clocks. Thread-safe. Tests use tests/fakes/fake_clock.h.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual BootTime boot_now() const = 0;
  virtual WallTime wall_now() const = 0;
};

/// The real clocks; one for the process.
const Clock& system_clock();

/// An instant by which something must be over. Handed down and only ever shortened.
class Deadline {
 public:
  constexpr Deadline() = default;
  constexpr explicit Deadline(BootTime at) : at_(at) {}
  static constexpr Deadline after(BootTime now, BootClock::duration wait) { return Deadline(now + wait); }
  /// From now on.
  static Deadline in(BootClock::duration wait) { return after(BootClock::now(), wait); }

  constexpr BootTime at() const { return at_; }
  constexpr bool passed(BootTime now) const { return now >= at_; }
  /// What is left, never negative, rounded up so that a poll of this length does not wake early.
  constexpr Millis left(BootTime now) const { return passed(now) ? Millis{0} : std::chrono::ceil<Millis>(at_ - now); }
  constexpr Deadline sooner_by(BootClock::duration slice) const { return Deadline(at_ - slice); }
  constexpr Deadline sooner_of(Deadline other) const { return Deadline(std::min(at_, other.at_)); }

  constexpr auto operator<=>(const Deadline&) const = default;

 private:
  BootTime at_{};
};

}  // namespace preemptd::core
