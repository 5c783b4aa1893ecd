#include "daemon/status/progress_watchdog.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::BootTime;
using core::Seconds;
using daemon::ProgressWatchdog;

TEST_CASE("pulse: who goes on counting is alive, however long the watch lasts") {
  ProgressWatchdog pulse(Seconds(60), Seconds(10));
  for (int i = 0; i < 1000; ++i) CHECK(pulse.alive(static_cast<std::uint64_t>(i), BootTime(Seconds(5 * i))));
}

TEST_CASE("pulse: silence beyond the patience is death, and the next sign is life again") {
  ProgressWatchdog pulse(Seconds(60), Seconds(10));
  CHECK(pulse.alive(7, BootTime(Seconds(0))));
  for (int i = 1; i <= 12; ++i) CHECK(pulse.alive(7, BootTime(Seconds(5 * i))));
  CHECK_FALSE(pulse.alive(7, BootTime(Seconds(65))));
  CHECK(pulse.alive(8, BootTime(Seconds(70))));
}

TEST_CASE("pulse: a suspend is no silence") {
  ProgressWatchdog pulse(Seconds(60), Seconds(10));
  CHECK(pulse.alive(7, BootTime(Seconds(0))));
  CHECK(pulse.alive(7, BootTime(std::chrono::hours(8))));
  CHECK(pulse.alive(7, BootTime(std::chrono::hours(8) + Seconds(5))));
}
