#include "drain/plan/step.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "fakes/drain_by_hand.h"
#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::drain;
using core::BootTime;
using core::Deadline;
using fakes::hook;
using fakes::kNow;

using World = fakes::DrainByHand;

TEST_CASE("drain: stages follow each other, hooks of a stage start together") {
  World world({hook("10-a"), hook("10-b"), hook("20-c")});
  CHECK(world.told == "start 10-a; start 10-b");
  CHECK(world.exits("10-b") == "over 10-b ok");
  CHECK(world.exits("10-a") == "over 10-a ok; start 20-c");
  CHECK(world.exits("20-c") == "over 20-c ok; drained; rest");
  CHECK(world.state.phase == Phase::resting);
}

TEST_CASE("drain: a start is in the journal before the hook runs") {
  World world({hook("10-a")});
  REQUIRE(world.journal.size() == 1);
  CHECK(std::get<HookStarted>(world.journal[0]).hook == "10-a");
}

TEST_CASE("drain: a hook whose exit status somebody else took has failed, with that as the reason") {
  World world({hook("10-a"), hook("20-b")});
  CHECK(world.exits("10-a", sys::ExitStatus::kUnknown) == "over 10-a failed; start 20-b");
  CHECK(describe(*world.hook_named("10-a").outcome) ==
        "failed: another process took its exit status, so nobody knows how it ended");
}

TEST_CASE("drain: no more than `parallel` hooks of a stage run at once") {
  World world({hook("10-a"), hook("10-b"), hook("10-c")}, Seconds(300), 2);
  CHECK(world.told == "start 10-a; start 10-b");
  CHECK(world.exits("10-a") == "over 10-a ok; start 10-c");
}

TEST_CASE("drain: a drain without hooks is over at once") {
  World world({});
  CHECK(world.told == "drained; rest");
}

TEST_CASE("drain: a failed hook never stops later ones") {
  World world({hook("10-a"), hook("20-b")});
  CHECK(world.exits("10-a", 1) == "over 10-a failed; start 20-b");
  CHECK(world.exits("20-b", 0, 11) == "over 20-b signalled; drained; rest");
  const auto& finished = std::get<DrainFinished>(world.journal.back());
  CHECK(finished.failed == 2);
  CHECK(finished.margin == Seconds(300));
}

TEST_CASE("drain: 77 is skipped") {
  World world({hook("10-a")});
  CHECK(world.exits("10-a", 77) == "over 10-a skipped; drained; rest");
}

TEST_CASE("drain: a hook is told to stop at its stop-by and killed after its grace") {
  World world({hook("10-a", {}, Seconds(60))});
  CHECK(world.tick() == "term 10-a");
  CHECK(world.seconds() == 60);
  CHECK(world.tick() == "kill 10-a");
  CHECK(world.seconds() == 65);
  CHECK(world.exits("10-a", 0, 9) == "over 10-a ran_out_of_time; drained; rest");
  CHECK(world.state.hooks[0].outcome->sent_by_us);
}

TEST_CASE("drain: a hook that ends well in its grace still ran out of time") {
  World world({hook("10-a", {}, Seconds(60))});
  world.tick();
  CHECK(world.exits("10-a", 0) == "over 10-a ran_out_of_time; drained; rest");
  CHECK(world.state.hooks[0].outcome->exit_code == 0);
}

TEST_CASE("drain: a hook that survives SIGKILL is abandoned after two seconds, and its late end is ignored") {
  World world({hook("10-a", {}, Seconds(60)), hook("20-b")});
  world.tick();
  world.tick();
  CHECK(world.tick() == "over 10-a unkillable; start 20-b");
  CHECK(world.seconds() == 67);
  CHECK(world.exits("10-a") == "");
  CHECK(world.state.hooks[0].outcome->ending == Ending::unkillable);
}

TEST_CASE("drain: a hook that survives SIGKILL near the deadline is abandoned in time for the last report") {
  World world({hook("10-a")}, Seconds(12));
  CHECK(world.tick() == "term 10-a");
  CHECK(world.tick() == "kill 10-a");
  REQUIRE(world.seconds() < 11.5);
  REQUIRE(world.seconds() > 10);
  CHECK(world.tick() == "over 10-a unkillable; drained; rest");
  CHECK(world.seconds() == 11.75);
}

TEST_CASE("drain: after a suspend past every limit, one look at the clock does all that is due") {
  World world({hook("10-a", {}, Seconds(60))});
  CHECK(world.after(Seconds(10'000)) == "term 10-a; kill 10-a");
}

TEST_CASE("drain: what an early hook leaves unused flows on, and its reserve is not eaten by a late one") {
  World world({hook("10-a"), hook("20-b"), hook("30-c", Seconds(100))});
  world.now += Seconds(20);
  world.exits("10-a");
  CHECK(world.hook_named("20-b").kill_by == kNow + Seconds(190));
  CHECK(world.tick() == "term 20-b");
  CHECK(world.tick() == "kill 20-b");
  world.exits("20-b", 0, 9);
  CHECK(world.hook_named("30-c").stop_by - world.hook_named("30-c").started == Seconds(100));
}

TEST_CASE("drain: 75 is tried again after 1, 2 and 4 seconds, three times at most") {
  World world({hook("10-a"), hook("20-b")});
  for (const int pause : {1, 2, 4}) {
    const double before = world.seconds();
    CHECK(world.exits("10-a", 75) == "over 10-a failed again");
    CHECK(world.tick() == "start 10-a");
    CHECK(world.seconds() - before == pause);
  }
  CHECK(world.hook_named("10-a").attempt == 4);
  CHECK(world.exits("10-a", 75) == "over 10-a failed; start 20-b");
}

TEST_CASE("drain: in a rehearsal in fast motion the pause before another try is shorter, and still there") {
  World world({hook("10-a")});
  world.state.limits.speed = 20;
  CHECK(world.exits("10-a", 75) == "over 10-a failed again");
  CHECK(world.tick() == "start 10-a");
  CHECK(world.seconds() == 0.05);
}

TEST_CASE("drain: 75 gets no other try when the time after the pause belongs to others") {
  World late({hook("10-a"), hook("20-b", Seconds(280))});
  late.now += Seconds(9) + Millis(500);
  CHECK(late.exits("10-a", 75) == "over 10-a failed; start 20-b");
}

TEST_CASE("drain: a hook that cannot be executed costs itself alone") {
  World world({hook("10-a"), hook("10-b")});
  CHECK(world.happen(NotStarted{0, Cause::gone, "gone"}) == "over 10-a not_started");
  CHECK(world.exits("10-b") == "over 10-b ok; drained; rest");
}

TEST_CASE("drain: when the time is up, what has not started is reported as such") {
  World world({hook("10-a"), hook("20-b")}, Seconds(20));
  world.now += Seconds(30);
  CHECK(world.exits("10-a") == "over 10-a ok; over 20-b not_started; drained; rest");
  CHECK(world.state.hooks[1].outcome->cause == Cause::no_time);
}

TEST_CASE("drain: a sooner deadline stops a running hook sooner, a later one lets it run on") {
  World world({hook("10-a")});
  CHECK(world.wake_at == kNow + Seconds(290));
  CHECK(world.happen(Moved{Deadline(kNow + Seconds(100)), {}}) == "");
  CHECK(world.wake_at == kNow + Seconds(90));
  world.happen(Moved{Deadline(kNow + Seconds(200)), {}});
  CHECK(world.tick() == "term 10-a");
  CHECK(world.seconds() == 190);
  CHECK(std::holds_alternative<NoticeMoved>(world.journal.back()));
}

TEST_CASE("drain: a moved deadline never restarts what is over, but starts what had no time left") {
  World short_of_time({hook("10-a"), hook("20-b", Seconds(290))});
  CHECK(short_of_time.told == "over 10-a not_started; start 20-b");
  CHECK(short_of_time.happen(Moved{Deadline(kNow + Seconds(900)), {}}) == "start 10-a");
  short_of_time.exits("20-b");
  CHECK(short_of_time.happen(Moved{Deadline(kNow + Seconds(950)), {}}) == "");
}

TEST_CASE("drain: a timeout counts from the hook's start, not from the moved notice") {
  World world({hook("10-a", {}, Seconds(60))});
  world.now += Seconds(50);
  world.happen(Moved{Deadline(kNow + Seconds(400)), {}});
  CHECK(world.tick() == "term 10-a");
  CHECK(world.seconds() == 60);
}

TEST_CASE(
    "undo: when the notice is withdrawn nothing further starts, what runs may finish, and what ran is undone in "
    "reverse") {
  World world({hook("10-a"), hook("20-b"), hook("20-c"), hook("30-d")});
  world.exits("10-a");
  CHECK(world.happen(Withdrawn{}) == "");
  CHECK(world.exits("20-b", 77) == "over 20-b skipped");
  CHECK(world.exits("20-c", 1) == "over 20-c failed; over 30-d not_started; drained; undo; start 20-c");
  CHECK(std::get<UndoStarted>(world.journal[world.journal.size() - 2]).hooks ==
        std::vector<std::string>{"20-c", "10-a"});
  CHECK(world.exits("20-c") == "over 20-c ok; start 10-a");
  CHECK(world.exits("10-a", 1) == "over 10-a failed; undone; rest");
}

TEST_CASE("undo: a notice that is there again before the last hook ended goes on as if nothing had been") {
  World world({hook("10-a"), hook("20-b")});
  world.happen(Withdrawn{});
  world.happen(Renewed{});
  CHECK(world.exits("10-a") == "over 10-a ok; start 20-b");
}

TEST_CASE("undo: it has a window of its own, whatever was left of the drain's") {
  World world({hook("10-a")}, Seconds(20));
  world.happen(Withdrawn{});
  world.now += Seconds(18);
  CHECK(world.exits("10-a") == "over 10-a ok; drained; undo; start 10-a");
  CHECK(world.hook_named("10-a").stop_by == world.now + Seconds(290));
}

TEST_CASE("undo: hooks that do not listen to it are left out, those that listen to it alone are called") {
  HookSpec deaf = hook("10-a"), only = hook("20-b");
  deaf.options.on_undo = false;
  only.options.on_drain = false;
  const auto over = [](const HookSpec& spec, int attempt) {
    return HookState{spec, Status::over, attempt, 0, {}, {}, {}, {}, HookOutcome{}};
  };
  const State undo = undo_of({over(deaf, 1), over(only, 0), over(hook("30-c"), 1)}, State{}, kNow);
  REQUIRE(undo.hooks.size() == 2);
  CHECK(undo.hooks[0].spec.name == "30-c");
  CHECK(undo.hooks[1].spec.name == "20-b");
}

TEST_CASE("drain: events for hooks that do not run are ignored") {
  World world({hook("10-a"), hook("20-b")});
  CHECK(world.exits("20-b") == "");
  CHECK(world.happen(Exited{99, {}}) == "");
  CHECK(world.happen(NotStarted{99, Cause::gone, ""}) == "");
}

TEST_CASE("drain: five hundred hooks in one stage all run, eight at a time") {
  std::vector<HookSpec> hooks;
  for (int i = 0; i < 500; ++i) hooks.push_back(hook("10-h" + std::to_string(i)));
  World world(std::move(hooks));
  int most = 0, done = 0;
  while (world.state.phase != Phase::resting) {
    std::vector<std::size_t> running;
    for (std::size_t i = 0; i < world.state.hooks.size(); ++i)
      if (world.state.hooks[i].status == Status::running) running.push_back(i);
    most = std::max(most, static_cast<int>(running.size()));
    REQUIRE_FALSE(running.empty());
    world.now += Millis(10);
    world.happen(Exited{running.front(), {}});
    ++done;
  }
  CHECK(most == 8);
  CHECK(done == 500);
}

TEST_CASE("drain: a moved deadline moves the kill of a hook in its grace, and its grace counts on") {
  HookSpec slow = hook("10-a", {}, Seconds(60));
  slow.options.grace = Seconds(20);
  World world({slow});
  world.tick();
  CHECK(world.hook_named("10-a").kill_by == kNow + Seconds(80));
  world.now += Seconds(5);
  world.happen(Moved{Deadline(world.now + Seconds(8)), {}});
  CHECK(world.hook_named("10-a").kill_by <= world.now + Seconds(7));
  world.happen(Moved{Deadline(world.now + Seconds(400)), {}});
  CHECK(world.hook_named("10-a").kill_by == kNow + Seconds(80));
  CHECK(world.hook_named("10-a").status == Status::stopping);
}

TEST_CASE("undo: it yields to another notice within the grace of what runs, and says what it leaves") {
  World world({hook("10-a"), hook("20-b")});
  world.exits("10-a");
  world.happen(Withdrawn{});
  CHECK(world.exits("20-b") == "over 20-b ok; drained; undo; start 20-b");
  CHECK(world.happen(Superseded{}) == "term 20-b; over 10-a not_started");
  CHECK(world.state.hooks[1].outcome->cause == Cause::new_notice);
  CHECK(world.exits("20-b", 0, 15) == "over 20-b ran_out_of_time; undone; rest");
  CHECK(world.state.hooks[0].outcome->cause == Cause::new_notice);
}

TEST_CASE("undo: a drain being taken back does not begin its undo when another notice waits, a drain goes on") {
  World going({hook("10-a"), hook("20-b")});
  CHECK(going.happen(Superseded{}) == "");
  CHECK(going.exits("10-a") == "over 10-a ok; start 20-b");

  World taken_back({hook("10-a"), hook("20-b")});
  taken_back.happen(Withdrawn{});
  CHECK(taken_back.happen(Superseded{}) == "term 10-a; over 20-b not_started");
  CHECK(taken_back.exits("10-a", 0, 15) == "over 10-a ran_out_of_time; drained; rest");
}

TEST_CASE("undo: 75 is tried again in an undo, too") {
  World world({hook("10-a")});
  world.happen(Withdrawn{});
  world.exits("10-a");
  CHECK(world.exits("10-a", 75) == "over 10-a failed again");
}
