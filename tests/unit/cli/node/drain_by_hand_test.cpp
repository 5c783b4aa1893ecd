#include "cli/node/drain_by_hand.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace preemptd::cli;
using core::BootTime;
using core::Millis;
using core::Seconds;

TEST_CASE(
    "drain by hand: a drain is followed past its deadline, an undo and a drain whose time is past through the usual "
    "window") {
  const BootTime now{Seconds(1000)};
  const Millis window = Seconds(300);
  const auto follows = [&](core::NoticeState state, Seconds deadline) {
    core::Notice notice;
    notice.state = state;
    notice.deadline = now + deadline;
    return latest_end(notice, window, now).left(now);
  };
  CHECK(follows(core::NoticeState::pending, Seconds(600)) > Seconds(600));
  CHECK(follows(core::NoticeState::pending, Seconds(600)) < Seconds(900));
  CHECK(follows(core::NoticeState::pending, Seconds(-10)) > window);
  CHECK(follows(core::NoticeState::withdrawn, Seconds(10)) > window);
  CHECK(follows(core::NoticeState::withdrawn, Seconds(-500)) > window);
  CHECK(follows(core::NoticeState::withdrawn, Seconds(3600)) < Seconds(600));
}
