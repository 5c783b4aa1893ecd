#include "daemon/sources/poll_stats.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace std::chrono_literals;
using core::BootTime;

TEST_CASE("daemon: the longest time without a good answer of any source is kept, the open one included") {
  daemon::BlindTime unseen(BootTime(100s));
  unseen.seen(BootTime(101s));
  unseen.seen(BootTime(131s));
  unseen.seen(BootTime(132s));
  CHECK(unseen.longest(BootTime(140s)) == 30s);
  CHECK(unseen.longest(BootTime(200s)) == 68s);
}

TEST_CASE("daemon: failures are counted by their kind") {
  daemon::SourceCounts counts;
  CHECK_FALSE(counts.last_good().has_value());
  counts.failed(core::ErrorCode::timed_out);
  counts.failed(core::ErrorCode::denied);
  counts.failed(core::ErrorCode::denied);
  counts.good(BootTime(5s));
  CHECK(counts.failed_count(core::ErrorCode::denied) == 2);
  CHECK(counts.failed_count() == 3);
  CHECK(counts.last_good() == BootTime(5s));
}

TEST_CASE("daemon: only pauses beyond the ordinary add to the unseen time") {
  daemon::BlindTime unseen(BootTime(100s));
  unseen.set_ordinary(3s);
  unseen.seen(BootTime(101s));
  unseen.seen(BootTime(103s));
  unseen.seen(BootTime(113s));
  CHECK(unseen.total(BootTime(114s)) == 10s);
}

TEST_CASE("daemon: the unseen time grows while no source answers, and does not jump when one does") {
  daemon::BlindTime unseen(BootTime(100s));
  unseen.set_ordinary(3s);
  CHECK(unseen.total(BootTime(103s)) == 0s);
  CHECK(unseen.total(BootTime(104s)) == 4s);
  CHECK(unseen.total(BootTime(160s)) == 60s);
  unseen.seen(BootTime(160s));
  CHECK(unseen.total(BootTime(160s)) == 60s);
  CHECK(unseen.total(BootTime(163s)) == 60s);
}
