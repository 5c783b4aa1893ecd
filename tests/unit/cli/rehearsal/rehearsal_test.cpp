#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/rehearsal/fault.h"
#include "cli/rehearsal/verdict.h"
#include "cli/rehearsal/world.h"
#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::cli;
using core::BootTime;
using core::Millis;
using core::Seconds;
using drain::Ending;

namespace {

const BootTime kReclaim{Seconds(1000)};

drain::HookRecord hook(const std::string& name, Ending ending) {
  drain::HookRecord record;
  record.plan.hook.name = name;
  record.attempts = 1;
  record.started = kReclaim + Seconds(1);
  record.ended = kReclaim + Seconds(2);
  record.outcome = drain::HookOutcome{};
  record.outcome->ending = ending;
  return record;
}

Rehearsed finished(std::vector<drain::HookRecord> hooks, Millis margin) {
  Rehearsed rehearsed;
  rehearsed.notice = Seconds(300);
  rehearsed.speed = 10;
  rehearsed.reclaim = kReclaim;
  rehearsed.record.emplace();
  rehearsed.record->started.deadline = core::Deadline(kReclaim + Seconds(30));
  rehearsed.record->started.asked = Seconds(10);
  rehearsed.record->started.available = Seconds(30);
  rehearsed.record->hooks = std::move(hooks);
  rehearsed.record->finished.emplace();
  rehearsed.record->finished->margin = margin;
  for (const char* type : {"preemptd.notice.seen", "preemptd.drain.started", "preemptd.drain.finished"}) {
    rehearsed.reports.push_back({kReclaim, type, type, ""});
  }
  for (const auto& one : rehearsed.record->hooks) {
    rehearsed.reports.push_back({kReclaim, one.plan.hook.name, "preemptd.hook.finished", ""});
  }
  return rehearsed;
}

bool says(const Verdict& verdict, const std::string& text) {
  for (const auto& line : verdict.lines) {
    if (line.text.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("rehearse: a plan that does not fit fails, however quick the hooks were this time") {
  auto rehearsed = finished({hook("10-a", drain::Ending::ok)}, Seconds(20));
  rehearsed.record->started.fits = false;
  rehearsed.record->started.verdict = "does not fit: asks for 40s of 30s, 10s short";
  const auto verdict = judge(rehearsed);
  CHECK_FALSE(verdict.fits);
  CHECK_FALSE(verdict.passed());
  CHECK(says(verdict, "was over in time, but the plan does not fit: asks for 40s of 30s"));
}

TEST_CASE("rehearsal: passes when all fits, succeeds and is reported") {
  const auto verdict = judge(finished({hook("10-a", Ending::ok), hook("20-b", Ending::skipped)}, Seconds(20)));
  CHECK(verdict.passed());
  CHECK(says(verdict, "fits: over with 20 s of 30 s to spare"));
  CHECK(says(verdict, "all 2 hooks succeeded"));
}

TEST_CASE("rehearsal: a hook without enough time is named, and it does not fit") {
  const auto verdict = judge(finished({hook("10-a", Ending::ok), hook("20-b", Ending::ran_out_of_time)}, Seconds(1)));
  CHECK_FALSE(verdict.fits);
  CHECK(says(verdict, "does not fit: 20-b needs more time"));
}

TEST_CASE("rehearsal: a drain over after its deadline says by how much") {
  const auto verdict = judge(finished({hook("10-a", Ending::ok)}, Millis(-1500)));
  CHECK_FALSE(verdict.passed());
  CHECK(says(verdict, "over 1.5 s after the deadline"));
}

TEST_CASE("rehearsal: it may fit and fail all the same") {
  const auto verdict = judge(finished({hook("10-a", Ending::failed)}, Seconds(20)));
  CHECK(verdict.fits);
  CHECK_FALSE(verdict.passed());
  CHECK(says(verdict, "1 of 1 hook failed: 10-a"));
}

TEST_CASE("rehearsal: a report that did not arrive fails it") {
  auto rehearsed = finished({hook("10-a", Ending::ok)}, Seconds(20));
  rehearsed.reports.pop_back();
  CHECK(says(judge(rehearsed), "but not preemptd.hook.finished"));
  CHECK_FALSE(judge(rehearsed).passed());
}

TEST_CASE("rehearsal: the hook that was added to hang is not held against the operator") {
  auto rehearsed = finished({hook("10-a", Ending::ok), hook(kHangingHook, Ending::ran_out_of_time)}, Seconds(5));
  rehearsed.expected_to_run_out = kHangingHook;
  CHECK(judge(rehearsed).passed());
}

TEST_CASE("rehearsal: without a drain, interrupted, or with a fault that could not be made it does not pass") {
  CHECK(says(judge(Rehearsed{}), "never began"));
  auto rehearsed = finished({}, Seconds(20));
  CHECK(judge(rehearsed).passed());
  rehearsed.interrupted = true;
  CHECK_FALSE(judge(rehearsed).passed());
  rehearsed.interrupted = false;
  rehearsed.faults_not_made.emplace_back("disk-full: needs root");
  CHECK_FALSE(judge(rehearsed).passed());
}

TEST_CASE("rehearsal: a misspelt fault is answered with the nearest") {
  const auto picked = pick_faults({"agent-kiled"});
  REQUIRE_FALSE(picked);
  CHECK(picked.error().what.find("agent-killed") != std::string::npos);
  CHECK(pick_faults({"hook-hangs", "api-down"})->size() == 2);
}

TEST_CASE("rehearsal: its configuration takes the operator's limits and nothing else of the machine") {
  const fakes::TempFolder folder;
  const auto operators =
      folder.write("preemptd.toml",
                   "[drain]\nreport_reserve = \"7s\"\n[hooks]\ngrace = \"3s\"\n[hook.\"20-a.sh\"]\ntimeout = \"9s\"\n"
                   "[metadata]\ninterval = \"2s\"\n[sink.ops]\ntype = \"webhook\"\nurl = \"http://ops.example/\"\n");
  RehearsalWorld::Setup setup{config::load_leniently({operators, {}, {}}), {"/srv/hooks"}, Seconds(300), 10};
  REQUIRE(setup.settings.problems.empty());
  const auto text = rehearsal_configuration(setup, {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}, folder.path(),
                                            "http://127.0.0.1:4/");
  CHECK(text.find("ops.example") == std::string::npos);
  const auto made = config::load_leniently({folder.write("made/preemptd.toml", text), {}, {}});
  CHECK(made.problems.empty());
  CHECK(made.config.drain.report_reserve == Seconds(7));
  CHECK(made.config.hooks.defaults.grace == Seconds(3));
  CHECK(made.config.hooks.by_name.at("20-a.sh").timeout == Seconds(9));
  CHECK(made.config.metadata.interval == Millis(200));
  CHECK(made.config.hooks.folders == std::vector<std::string>{"/srv/hooks", folder / "hooks.d"});
  CHECK(made.config.rehearsal.speed == 10);
  REQUIRE(made.config.sinks.size() == 1);
  CHECK(made.config.sinks[0].url == "http://127.0.0.1:4/");
}
