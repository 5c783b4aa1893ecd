#include "daemon/status/metrics_state.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace std::chrono_literals;
using core::BootTime;

TEST_CASE("daemon: the unseen time of the last hour forgets what is older") {
  daemon::MetricsState numbers;
  for (int minute = 0; minute <= 90; ++minute)
    numbers.sample(BootTime(std::chrono::minutes(minute)), minute < 20 ? core::Millis(0) : core::Millis(7s));
  CHECK(numbers.snapshot({}, {}).unseen_last_hour == 0ms);
  numbers.sample(BootTime(91min), 10s);
  CHECK(numbers.snapshot({}, {}).unseen_last_hour == 3s);
}

TEST_CASE("daemon: the last hour has no more than an hour of unseen time, and no less than none") {
  daemon::MetricsState numbers;
  for (int minute = 0; minute <= 120; ++minute)
    numbers.sample(BootTime(std::chrono::minutes(minute)), core::Millis(std::chrono::minutes(minute)));
  CHECK(numbers.snapshot({}, {}).unseen_last_hour == 1h);
  numbers.sample(BootTime(120min + 1s), 121min);
  CHECK(numbers.snapshot({}, {}).unseen_last_hour == 1h);
  numbers.sample(BootTime(120min + 2s), 0s);
  CHECK(numbers.snapshot({}, {}).unseen_last_hour == 0s);
}

TEST_CASE("daemon: drains and hooks are counted by how they ended") {
  daemon::MetricsState numbers;
  drain::HookFinished hook;
  hook.outcome.ending = drain::Ending::ran_out_of_time;
  hook.attempt = 1;
  hook.took = 2s;
  numbers.count({{}, {}, hook});
  drain::DrainFinished drain;
  drain.failed = 1;
  drain.margin = -3s;
  numbers.count({{}, {}, drain});
  const auto snapshot = numbers.snapshot({}, {});
  CHECK(snapshot.hooks_finished.at("ran_out_of_time") == 1);
  CHECK(snapshot.drains.at("failed") == 1);
  CHECK(snapshot.last_margin == -3s);
  CHECK(snapshot.hook_durations.count() == 1);
}
