#include "core/clock.h"

#include <ctime>

namespace preemptd::core {

BootTime BootClock::now() noexcept {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return BootTime(std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec));
}

namespace {
class SystemClock final : public Clock {
 public:
  BootTime boot_now() const override { return BootClock::now(); }
  WallTime wall_now() const override { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
};
}  // namespace

const Clock& system_clock() {
  static const auto* const clock =
      new SystemClock;  // never destroyed: threads left to themselves outlive static objects
  return *clock;
}

}  // namespace preemptd::core
