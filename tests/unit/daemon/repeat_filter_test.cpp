#include "daemon/repeat_filter.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::BootTime;
using core::Seconds;

namespace {
const BootTime kNow{Seconds(1000)};
}

TEST_CASE("log: the same line is written once a minute, and then says how often it came") {
  daemon::RepeatFilter filter;
  CHECK(filter.look("a", kNow).write);
  for (int i = 1; i <= 41; ++i) CHECK_FALSE(filter.look("a", kNow + Seconds(i)).write);
  CHECK(filter.look("b", kNow + Seconds(42)).write);
  const auto later = filter.look("a", kNow + Seconds(60));
  CHECK(later.write);
  CHECK(later.skipped == 41);
  CHECK(filter.look("a", kNow + Seconds(120)).skipped == 0);
}

TEST_CASE("log: ten thousand different lines do not make the memory of them grow without end") {
  daemon::RepeatFilter filter;
  for (int i = 0; i < 10'000; ++i) CHECK(filter.look("line " + std::to_string(i), kNow + core::Millis(i)).write);
  CHECK_FALSE(filter.look("line 9999", kNow + Seconds(10)).write);
  CHECK(filter.look("line 0", kNow + Seconds(10)).write);
}
