#include "node/poll_log.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::Seconds;
using core::Source;
using node::Poll;
using node::PollLog;

namespace {

void add(PollLog& log, Source source, int from, int upto) {
  for (int i = from; i < upto; ++i)
    log.add(Poll{source, core::BootTime(Seconds(i)), {}, {}, "no notice", std::to_string(i)});
}

}  // namespace

TEST_CASE("polls: before a notice only the newest of each source are kept") {
  PollLog log;
  add(log, Source::metadata, 0, 1000);
  add(log, Source::operation_lock, 0, 3);
  const auto held = log.held();
  CHECK(held.polls.size() == PollLog::kBefore + 3);
  CHECK(held.polls.back().detail == "999");
}

TEST_CASE("polls: of those since the notice the first and the latest are kept, and what lies between is counted") {
  PollLog log;
  add(log, Source::metadata, 0, 100);
  log.hold();
  add(log, Source::metadata, 100, 1000);
  const auto held = log.held();
  REQUIRE(held.polls.size() == PollLog::kBefore + PollLog::kAfter + PollLog::kLatest);
  CHECK(held.polls.front().detail == "84");
  CHECK(held.polls[PollLog::kBefore + PollLog::kAfter - 1].detail == "147");
  CHECK(held.polls[PollLog::kBefore + PollLog::kAfter].detail == "968");
  CHECK(held.skipped == 1000 - 148 - PollLog::kLatest);
}

TEST_CASE("polls: a second notice has the polls before it, not those of the first") {
  PollLog log;
  log.hold();
  add(log, Source::metadata, 0, 500);
  add(log, Source::operation_lock, 0, 2);
  log.hold();
  add(log, Source::metadata, 500, 501);
  const auto held = log.held();
  REQUIRE(held.polls.size() == PollLog::kBefore + 1 + 2);
  CHECK(held.polls[0].source == Source::operation_lock);
  CHECK(held.polls[2].detail == "484");
  CHECK(held.polls.back().detail == "500");
  CHECK(held.skipped == 0);
}
