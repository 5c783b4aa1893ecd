#include <doctest/doctest.h>

#include <algorithm>

#include "drain/plan/step.h"
#include "fakes/drain_by_hand.h"
#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::drain;
using core::Deadline;
using fakes::hook;
using fakes::kNow;
using World = fakes::DrainByHand;

namespace {

HookSpec with(HookSpec spec, Importance importance, bool repeatable = true, bool late = true) {
  spec.options.importance = importance;
  spec.options.repeatable = repeatable;
  spec.options.late = late;
  return spec;
}

HookSpec learned(HookSpec spec, Millis lately) {
  spec.predicted = lately;
  return spec;
}

/// Cuts the one that runs off at the end of its grace.
void cut_off(World& world, const std::string& name) {
  world.tick();
  world.tick();
  world.exits(name, 0, 9);
}

}  // namespace

TEST_CASE("second turn: a hook that was cut off runs again when all others are through and time is left") {
  World world({hook("10-a"), hook("20-b", Seconds(200))});
  cut_off(world, "10-a");
  CHECK(world.hook_named("10-a").outcome->cause == Cause::no_time);
  CHECK(world.exits("20-b") == "over 20-b ok; start 10-a");
  CHECK(world.hook_named("10-a").attempt == 2);
  CHECK(world.hook_named("10-a").turn == 2);
  CHECK(world.exits("10-a") == "over 10-a ok; drained; rest");
  const auto& ended = std::get<DrainFinished>(world.journal.back());
  CHECK(ended.ok == 2);
  CHECK(ended.failed == 0);
}

TEST_CASE("second turn: a hook that was left out runs at last, and that is its first attempt") {
  World world({hook("10-a"), hook("20-b", Seconds(400))});
  CHECK(world.told == "over 10-a not_started; start 20-b");
  CHECK(world.exits("20-b") == "over 20-b ok; start 10-a");
  CHECK(world.hook_named("10-a").attempt == 1);
  CHECK(world.hook_named("10-a").turn == 2);
}

TEST_CASE("second turn: the most important run first, hooks of a stage side by side") {
  World world({with(hook("10-a"), Importance::low), with(hook("20-b"), Importance::normal),
               with(hook("20-c"), Importance::normal), with(hook("30-d", Seconds(400)), Importance::critical)});
  CHECK(world.told == "over 10-a not_started; over 20-b not_started; over 20-c not_started; start 30-d");
  CHECK(world.exits("30-d") == "over 30-d ok; start 20-b; start 20-c");
  CHECK(world.exits("20-b") == "over 20-b ok");
  CHECK(world.exits("20-c") == "over 20-c ok; start 10-a");
}

TEST_CASE("second turn: only for hooks that are repeatable, and that may be late") {
  World world({with(hook("10-a"), Importance::normal, false), with(hook("10-b"), Importance::normal, true, false),
               hook("20-c", Seconds(200))});
  world.tick();
  world.tick();
  world.exits("10-a", 0, 9);
  world.exits("10-b", 0, 9);
  CHECK(world.exits("20-c") == "over 20-c ok; drained; rest");
}

TEST_CASE("second turn: a hook that may not be late has one while no later stage has run") {
  World world({with(hook("10-a", Seconds(100)), Importance::normal, true, false), hook("10-b", Seconds(200))},
              Seconds(300), 1);
  cut_off(world, "10-a");
  CHECK(world.exits("10-b") == "over 10-b ok; start 10-a");
}

TEST_CASE("second turn: not for a hook that used up its own timeout") {
  World world({hook("10-a", {}, Seconds(30)), hook("20-b")});
  cut_off(world, "10-a");
  CHECK(world.hook_named("10-a").outcome->cause == Cause::none);
  CHECK(world.exits("20-b") == "over 20-b ok; drained; rest");
}

TEST_CASE("second turn: not in less than a second, and not after the notice was withdrawn") {
  World brief({hook("10-a"), hook("20-b", Seconds(200))});
  cut_off(brief, "10-a");
  brief.now = kNow + Seconds(289) + Millis(500);
  CHECK(brief.exits("20-b") == "over 20-b ok; drained; rest");

  World withdrawn({hook("10-a"), hook("20-b", Seconds(200))});
  cut_off(withdrawn, "10-a");
  withdrawn.happen(Withdrawn{});
  CHECK(withdrawn.exits("20-b") == "over 20-b ok; drained; undo; start 20-b");
}

TEST_CASE("second turn: what is left is used again and again, until nothing is left") {
  World world({with(hook("10-a"), Importance::critical), hook("20-b")}, Seconds(60));
  cut_off(world, "10-a");
  CHECK(world.exits("20-b") == "over 20-b ok; start 10-a");
  CHECK(world.hook_named("10-a").stop_by == world.state.window.hooks_end.at());
  CHECK(world.tick() == "term 10-a");
  CHECK(world.exits("10-a") == "over 10-a ran_out_of_time; drained; rest");
}

TEST_CASE("second turn: a hook without limits does not take it from one that was cut off") {
  World world({hook("10-a"), hook("20-b", Seconds(100)), hook("30-c")});
  cut_off(world, "10-a");
  world.exits("20-b");
  const auto& last = world.hook_named("30-c");
  CHECK(last.kill_by < world.state.window.hooks_end.at() - Seconds(60));
  CHECK(last.kill_by - last.started >= Seconds(10));
}

TEST_CASE("second turn: a pause before another try is not idle") {
  World world({hook("10-a"), hook("20-b", Seconds(200)), hook("30-c")});
  cut_off(world, "10-a");
  CHECK(world.exits("20-b", 75) == "over 20-b failed again; start 10-a");
  CHECK(world.after(Seconds(1)) == "start 20-b");
  CHECK(world.exits("20-b") == "over 20-b ok; start 30-c");
}

TEST_CASE("second turn: another try that was refused for lack of time is made up for") {
  World world({hook("10-a"), hook("20-b", Seconds(280))});
  world.now += Seconds(9) + Millis(500);
  CHECK(world.exits("10-a", 75) == "over 10-a failed; start 20-b");
  CHECK(world.exits("20-b") == "over 20-b ok; start 10-a");
  CHECK(world.exits("10-a") == "over 10-a ok; drained; rest");
}

TEST_CASE("second turn: a run that says it does not apply does not cancel the undo of the run before") {
  World world({hook("10-a"), hook("20-b", Seconds(200))});
  cut_off(world, "10-a");
  world.exits("20-b");
  world.happen(Withdrawn{});
  CHECK(world.exits("10-a", 77) == "over 10-a skipped; drained; undo; start 20-b");
  CHECK(world.exits("20-b") == "over 20-b ok; start 10-a");
}

TEST_CASE("second turn: journal entries carry their turn") {
  World world({hook("10-a"), hook("20-b", Seconds(200))});
  cut_off(world, "10-a");
  world.exits("20-b");
  world.exits("10-a");
  std::vector<int> turns;
  for (const auto& body : world.journal) {
    if (const auto* started = std::get_if<HookStarted>(&body)) turns.push_back(started->turn);
    if (const auto* ended = std::get_if<HookFinished>(&body)) turns.push_back(ended->turn);
  }
  CHECK(turns == std::vector<int>{1, 1, 1, 1, 2, 2});
}

TEST_CASE("drain: in 30 seconds three hooks that need little all run, and the drain ends when they are done") {
  World world({hook("10-stop", {}, Seconds(10)), hook("20-a", Seconds(20), Seconds(60)),
               learned(hook("30-b", Seconds(20), Seconds(60)), Millis(30))},
              Seconds(30));
  CHECK(world.told == "start 10-stop");
  world.now += Seconds(1);
  CHECK(world.exits("10-stop") == "over 10-stop ok; start 20-a");
  CHECK(world.hook_named("20-a").stop_by - world.now > Seconds(3));
  world.now += Seconds(3);
  CHECK(world.exits("20-a") == "over 20-a ok; start 30-b");
  world.now += Millis(30);
  CHECK(world.exits("30-b") == "over 30-b ok; drained; rest");
}

TEST_CASE("drain: a withdrawn drain does not count as failed what it did not need to start") {
  World world({hook("10-a"), hook("20-b")});
  world.happen(Withdrawn{});
  world.exits("10-a");
  const auto ended = std::find_if(world.journal.begin(), world.journal.end(),
                                  [](const JournalBody& body) { return std::holds_alternative<DrainFinished>(body); });
  REQUIRE(ended != world.journal.end());
  CHECK(std::get<DrainFinished>(*ended).failed == 0);
  CHECK(std::get<DrainFinished>(*ended).not_needed == 1);
  CHECK(describe(std::get<HookFinished>(world.journal[world.journal.size() - 4]).outcome).starts_with("not needed"));
}
