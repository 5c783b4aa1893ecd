#include "core/clock.h"

#include <ctime>

namespace preemptd::core {

BootTime BootClock::now() noexcept {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return BootTime(std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec));
}

BootTime boot_time_after(BootTime now, Millis wait) {
  constexpr Millis kCentury = std::chrono::years(100);
  return now + std::clamp(wait, -kCentury, kCentury);
}

namespace {
class SystemClock final : public Clock {
 public:
  BootTime boot_now() const override { return BootClock::now(); }
  WallTime wall_now() const override {
    timespec ts{};  // not system_clock: its nanoseconds end in 2262
    clock_gettime(CLOCK_REALTIME, &ts);
    return WallTime(std::chrono::seconds(ts.tv_sec) + Millis(ts.tv_nsec / 1'000'000));
  }
};
}  // namespace

const Clock& system_clock() {
  static const auto* const kClock =
      new SystemClock;  // never destroyed: threads left to themselves outlive static objects
  return *kClock;
}

}  // namespace preemptd::core
