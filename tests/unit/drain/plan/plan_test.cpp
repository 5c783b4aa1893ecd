#include "drain/plan/plan.h"

#include <doctest/doctest.h>

#include "fakes/drain_values.h"

using namespace preemptd;
using core::BootTime;
using core::Deadline;
using core::Millis;
using core::Seconds;
using drain::HookSpec;
using drain::Limits;
using drain::Plan;
using fakes::hook;
using fakes::kNow;

namespace {

Plan planned(const std::vector<HookSpec>& hooks, Seconds window = Seconds(300), Limits limits = {}) {
  return drain::plan(hooks, limits, Deadline::after(kNow, window), kNow);
}
double start_of(const Plan& plan, std::size_t i) {
  return std::chrono::duration<double>(plan.hooks[i].start_by - kNow).count();
}
double stop_of(const Plan& plan, std::size_t i) {
  return std::chrono::duration<double>(plan.hooks[i].stop_by - kNow).count();
}
double kill_of(const Plan& plan, std::size_t i) {
  return std::chrono::duration<double>(plan.hooks[i].kill_by - kNow).count();
}

}  // namespace

TEST_CASE("plan: a hook alone has the window up to the report's reserve, and its grace in the first half of that") {
  const Plan plan = planned({hook("10-a")});
  CHECK(start_of(plan, 0) == 0);
  CHECK(stop_of(plan, 0) == 290);
  CHECK(kill_of(plan, 0) == 295);
  CHECK(plan.fits());
}

TEST_CASE("plan: a hook's timeout stops it earlier than the window would") {
  const Plan plan = planned({hook("10-a", {}, Seconds(60))});
  CHECK(stop_of(plan, 0) == 60);
  CHECK(kill_of(plan, 0) == 65);
}

TEST_CASE("plan: what later stages reserve is eaten neither by earlier hooks nor by their grace") {
  const Plan plan = planned({hook("10-a"), hook("20-b", Seconds(60)), hook("30-c", Seconds(30))});
  CHECK(kill_of(plan, 0) == 290 - 30 - 60 - 5);
  CHECK(stop_of(plan, 0) == 190);
  CHECK(start_of(plan, 1) == 195);
  CHECK(stop_of(plan, 1) - start_of(plan, 1) >= 60);
  CHECK(kill_of(plan, 1) == 260);
  CHECK(stop_of(plan, 2) - start_of(plan, 2) >= 30);
}

TEST_CASE("plan: a stage that reserves nothing keeps a small share, so that it starts") {
  const Plan plan = planned({hook("10-a"), hook("20-b")});
  CHECK(kill_of(plan, 0) == 280);
  CHECK(stop_of(plan, 1) == 290);
  const Plan brief = planned({hook("10-a"), hook("20-b", {}, Seconds(2))});
  CHECK(kill_of(brief, 0) == 288);
}

TEST_CASE("plan: shares are even where there are more stages than time") {
  std::vector<HookSpec> hooks;
  for (int i = 0; i < 50; ++i) hooks.push_back(hook(std::to_string(i) + "-x"));
  const Plan plan = planned(hooks, Seconds(60));
  for (const auto& one : plan.hooks) CHECK(one.starts);
  CHECK(plan.hooks.back().stop_by <= plan.window.hooks_end.at());
}

TEST_CASE("plan: hooks of a stage run side by side, more than `parallel` of them in rounds") {
  Limits limits;
  limits.parallel = 2;
  const Plan plan =
      planned({hook("10-a", Seconds(20)), hook("10-b", Seconds(30)), hook("10-c", Seconds(40))}, Seconds(300), limits);
  CHECK(start_of(plan, 0) == 0);
  CHECK(start_of(plan, 1) == 0);
  CHECK(kill_of(plan, 0) == 250);
  CHECK(start_of(plan, 2) == 250);
  CHECK(stop_of(plan, 2) == 290);
}

TEST_CASE("plan: where reserves do not fit, small ones are whole and large ones share evenly") {
  const Plan plan = planned({hook("10-a", Seconds(200)), hook("20-b", Seconds(150)), hook("30-c", Seconds(50))});
  CHECK_FALSE(plan.fits());
  CHECK(plan.hooks[2].short_by == Millis(0));
  CHECK(kill_of(plan, 0) == 120);
  CHECK(kill_of(plan, 1) - start_of(plan, 1) == 120);
  CHECK(stop_of(plan, 2) - start_of(plan, 2) == 50);
}

TEST_CASE("plan: reserves that take everything leave the earliest hook unstarted, and the plan says so") {
  const Plan plan = planned({hook("10-a"), hook("20-b", Seconds(400))});
  CHECK_FALSE(plan.hooks[0].starts);
  CHECK(plan.hooks[1].starts);
  CHECK(plan.hooks[1].short_by == Seconds(110));
}

TEST_CASE("plan: the verdict names what is asked for, what there is, and whose fault it is") {
  CHECK(drain::verdict(
            planned({hook("10-a", {}, Seconds(200)), hook("20-b", {}, Seconds(200)), hook("30-c", Seconds(0))})) ==
        "does not fit: asks for 410s of 300s, 110s short, because of 10-a (200s) and 20-b (200s)");
  CHECK(drain::verdict(planned(
            {hook("10-a", {}, Seconds(200)), hook("20-b", {}, Seconds(200)), hook("30-c", {}, Seconds(200))})) ==
        "does not fit: asks for 610s of 300s, 310s short, because of 10-a (200s), 20-b (200s) and 30-c (200s)");
  CHECK(drain::verdict(planned({hook("10-a", {}, Seconds(60)), hook("10-b", {}, Seconds(50))})) ==
        "fits: asks for 70s of 300s, margin 230s");
  CHECK(drain::verdict(planned({})) == "there are no hooks: nothing will be drained");
}

TEST_CASE("plan: a hook that would never start does not fit, whatever the sum says") {
  const Plan plan = planned({hook("10-a"), hook("20-b", Seconds(290))});
  CHECK_FALSE(plan.hooks[0].starts);
  CHECK_FALSE(plan.fits());
  CHECK(plan.margin() < Millis(0));
  CHECK(drain::verdict(plan) ==
        "does not fit: asks for 300s of 300s, which leaves no time for 10-a, because of 20-b (290s)");
}

TEST_CASE("plan: hooks that fit only if they end by themselves are named, as the lanes have it") {
  std::vector<HookSpec> hooks;
  for (int stage = 1; stage <= 8; ++stage) hooks.push_back(hook(std::to_string(stage * 10) + "-x", {}, Seconds(35)));
  const Plan plan = planned(hooks);
  CHECK(plan.hooks.back().short_by == Seconds(25));
  CHECK(drain::verdict(plan) ==
        "fits: asks for 290s of 300s, margin 10s; 80-x lacks 25s of its time when those before it take all they may");
  hooks.pop_back();
  CHECK(planned(hooks).hooks.back().short_by == Millis(0));
  CHECK(drain::verdict(planned(hooks)) == "fits: asks for 255s of 300s, margin 45s");
}

TEST_CASE("plan: a verdict of fits says which hook has no guarantee of what it asks for") {
  CHECK(drain::verdict(planned({hook("10-a"), hook("20-b", {}, Seconds(60))})) ==
        "fits: asks for 70s of 300s, margin 230s; 20-b lacks 50s of its time when those before it take all they may");
}

TEST_CASE("plan: what a hook took lately counts where it said too little") {
  HookSpec slow = hook("10-a", Seconds(10));
  slow.predicted = Seconds(100);
  CHECK(planned({slow}).asked == Seconds(110));
  slow.options.timeout = Seconds(30);
  CHECK(planned({slow}).asked == Seconds(40));
  slow.options = {};
  CHECK(planned({slow}).asked == Seconds(110));
}

TEST_CASE("plan: the report's reserve is never more than a quarter of a short window") {
  const Plan plan = planned({hook("10-a")}, Seconds(8));
  CHECK(stop_of(plan, 0) == 6);
  CHECK(kill_of(plan, 0) == 7);
}

TEST_CASE("plan: grace is at most half of a short slot") {
  const Plan plan = planned({hook("10-a"), hook("20-b", Seconds(6))}, Seconds(12));
  // 9 s for hooks, 6 of them kept: 3 for the first, of which half is grace.
  CHECK(stop_of(plan, 0) == 1.5);
  CHECK(kill_of(plan, 0) == 3);
}

TEST_CASE("plan: no deadline is no crash: past, none and huge") {
  for (const Seconds window : {Seconds(-10), Seconds(0), Seconds(1'000'000)}) {
    const Plan plan = planned({hook("10-a", Seconds(5)), hook("20-b")}, window);
    CHECK(plan.hooks.size() == 2);
  }
  CHECK_FALSE(planned({hook("10-a")}, Seconds(-10)).hooks[0].starts);
}

TEST_CASE("plan: what a hook is promised goes before the shares of rounds that are promised nothing") {
  const HookSpec first = hook("10-a", Seconds(15)), second = hook("20-b"), third = hook("30-c");
  const HookSpec* after[] = {&second, &third};
  const auto slot = drain::slot_for({&first}, drain::rounds_of(after, 8),
                                    drain::window_until(Deadline::after(kNow, Seconds(30)), kNow, {}), {}, kNow);
  REQUIRE(slot);
  CHECK(slot->stop_by - kNow >= Seconds(15));
}
