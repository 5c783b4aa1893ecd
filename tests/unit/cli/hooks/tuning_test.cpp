#include "cli/hooks/tuning.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::cli;
using core::Millis;
using core::Seconds;
using fakes::hook;
using fakes::kNow;

namespace {

drain::Record drained(const std::string& name, Millis took, drain::Ending ending = drain::Ending::ok) {
  drain::Record record;
  drain::HookRecord one;
  one.plan.hook.name = name;
  one.started = kNow;
  one.ended = kNow + took;
  one.outcome = drain::HookOutcome{};
  one.outcome->ending = ending;
  record.hooks.push_back(std::move(one));
  return record;
}

}  // namespace

TEST_CASE("tune: the reserve is the p95 with a quarter and a second on top, the timeout twice that") {
  std::vector<drain::Record> records;
  for (int i = 1; i <= 20; ++i) records.push_back(drained("20-a", Seconds(i)));
  const auto tuning = tuning_of(hook("20-a"), records, {});
  CHECK(tuning.p95 == Seconds(19));
  CHECK(line_of(tuning) == "timeout=50s reserve=25s");
  CHECK(evidence_of(tuning).ends_with(" of 20 drains and 0 rehearsals"));
}

TEST_CASE("tune: rehearsals count beside drains, and records of rehearsals do not count twice") {
  drain::History history;
  history.add("20-a", Seconds(8), drain::History::Kind::rehearsed);
  auto rehearsed = drained("20-a", Seconds(100));
  rehearsed.notice.rehearsal = true;
  const auto tuning = tuning_of(hook("20-a"), {drained("20-a", Seconds(4)), rehearsed}, history);
  CHECK(tuning.drains == 1);
  CHECK(tuning.rehearsals == 1);
  CHECK(tuning.p95 == Seconds(8));
}

TEST_CASE("tune: a hook that had to be stopped is not given less time than now") {
  const auto stopped = drained("20-a", Seconds(90), drain::Ending::ran_out_of_time);
  const auto tuning = tuning_of(hook("20-a", {}, Seconds(90)), {drained("20-a", Seconds(4)), stopped}, {});
  CHECK(tuning.timeout == Seconds(90));
  CHECK(evidence_of(tuning).find("1 run that had to be stopped") != std::string::npos);
}

TEST_CASE("tune: nothing is proposed for a hook that never went well") {
  const auto tuning = tuning_of(hook("20-a"), {}, {});
  CHECK_FALSE(tuning.p95);
  CHECK(as_json(tuning)["proposed"].is_null());
  CHECK(evidence_of(tuning) == "never seen to go well: run preemptctl rehearse");
}

TEST_CASE("history: the p95 is a duration that was measured") {
  CHECK_FALSE(drain::p95({}));
  CHECK(drain::p95({Seconds(3)}) == Seconds(3));
  CHECK(drain::p95({Seconds(9), Seconds(1), Seconds(2)}) == Seconds(9));
  std::vector<Millis> hundred;
  for (int i = 1; i <= 100; ++i) hundred.emplace_back(i);
  CHECK(drain::p95(hundred) == Millis(95));
}
