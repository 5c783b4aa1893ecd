#include "node/report_events.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/event_types.h"
#include "core/utc.h"
#include "node/sample_events.h"

using namespace preemptd;

namespace {

core::Notice notice() {
  core::Notice n;
  n.id = "i-1-20261123T070809Z";
  n.instance = {"i-1", "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"};
  n.sources = {core::Source::metadata};
  n.termination_time = *core::parse_utc("2026-11-23T07:08:09Z");
  return n;
}

drain::JournalEntry finished(const std::string& hook, int attempt, const std::string& output = "") {
  drain::HookFinished body;
  body.hook = hook;
  body.attempt = attempt;
  body.err.tail = output;
  return {*core::parse_utc("2026-11-23T07:05:00Z"), {}, body};
}

}  // namespace

TEST_CASE("daemon: what the journal says has the same id whenever it is told again, and another one per attempt") {
  const auto first = node::journal_event(notice(), finished("20-kubernetes.sh", 1), {});
  const auto again = node::journal_event(notice(), finished("20-kubernetes.sh", 1), {});
  const auto second = node::journal_event(notice(), finished("20-kubernetes.sh", 2), {});
  REQUIRE(first.has_value());
  CHECK(first->id == again->id);
  CHECK(first->id != second->id);
  CHECK(first->type == "preemptd.hook.finished");
  CHECK(first->subject == "i-1");
  CHECK(report::check_event(*first).has_value());
}

TEST_CASE("daemon: the end of a drain or an undo names the hooks that failed") {
  drain::Record record;
  for (const char* name : {"10-fine", "20-failed", "30-skipped", "40-undo-failed"}) {
    record.hooks.emplace_back();
    record.hooks.back().plan.hook.name = name;
    record.hooks.back().outcome = record.hooks.back().undo = drain::HookOutcome{};
    record.hooks.back().outcome->ending = record.hooks.back().undo->ending = drain::Ending::ok;
  }
  record.hooks[1].outcome->ending = drain::Ending::failed;
  record.hooks[2].outcome->ending = drain::Ending::skipped;
  record.hooks[3].undo->ending = drain::Ending::failed;
  const auto names = [&](const drain::JournalBody& body) {
    return core::Json::parse(node::journal_event(notice(), {{}, {}, body}, record)->data)["failed_hooks"];
  };
  CHECK(names(drain::DrainFinished{}) == core::Json::array({"20-failed"}));
  CHECK(names(drain::UndoFinished{}) == core::Json::array({"40-undo-failed"}));
}

TEST_CASE("daemon: the end of a drain names apart who was not needed, and who had a second turn") {
  drain::Record record;
  for (const char* name : {"10-late", "20-unneeded"}) {
    record.hooks.emplace_back();
    record.hooks.back().plan.hook.name = name;
    record.hooks.back().outcome = drain::HookOutcome{};
  }
  record.hooks[0].turn = 2;
  record.hooks[1].outcome->ending = drain::Ending::not_started;
  record.hooks[1].outcome->cause = drain::Cause::withdrawn;
  const drain::JournalEntry entry{{}, {}, drain::DrainFinished{true, 1, 0, 0, core::Millis(0), 1}};
  const auto data = core::Json::parse(node::journal_event(notice(), entry, record)->data);
  CHECK(data["failed_hooks"] == core::Json::array());
  CHECK(data["not_needed_hooks"] == core::Json::array({"20-unneeded"}));
  CHECK(data["second_turn_hooks"] == core::Json::array({"10-late"}));
  CHECK(data["not_needed"] == 1);
}

TEST_CASE("daemon: an unfinished drain is told with what is over, what runs and what waits") {
  drain::Record record;
  for (const char* name : {"10-done", "20-broken", "30-runs", "40-waits"}) {
    record.hooks.emplace_back();
    record.hooks.back().plan.hook.name = name;
  }
  record.hooks[0].outcome = drain::HookOutcome{};
  record.hooks[0].outcome->ending = drain::Ending::ok;
  record.hooks[1].outcome = drain::HookOutcome{};
  record.hooks[1].outcome->ending = drain::Ending::failed;
  record.hooks[2].started = core::BootTime{};
  const auto event = node::unfinished_event(notice(), record, core::Seconds(10), {});
  CHECK(report::check_event(event).has_value());
  const auto data = core::Json::parse(event.data);
  CHECK(data["ok"] == 1);
  CHECK(data["failed"] == 1);
  CHECK(data["running"] == core::Json{"30-runs"});
  CHECK(data["waiting"] == core::Json{"40-waits"});
  CHECK(data["left_ms"] == 10'000);
  CHECK(core::Json::parse(node::unfinished_event(notice(), {}, {}, {}).data)["begun"] == false);
}

TEST_CASE("daemon: hooks that start are nobody's news") {
  CHECK_FALSE(node::journal_event(notice(), {{}, {}, drain::HookStarted{}}, {}).has_value());
}

TEST_CASE("daemon: a report carries the end of an output, not all of it") {
  const auto event = node::journal_event(notice(), finished("a", 1, std::string(40'000, 'x') + "the end"), {});
  REQUIRE(event.has_value());
  CHECK(event->data.size() < 8'000);
  CHECK(event->data.find("the end") != std::string::npos);
}

TEST_CASE("daemon: each new time of a moved notice is an event of its own") {
  auto moved = notice();
  const auto first = node::notice_event("notice.moved", moved, {});
  moved.termination_time += core::Seconds(30);
  CHECK(first.id != node::notice_event("notice.moved", moved, {}).id);
  CHECK(report::check_event(first).has_value());
  CHECK(first.data.find("boot") == std::string::npos);
}

TEST_CASE("daemon: the agent's own events are told even before it knows which instance it is") {
  const auto event = node::agent_event("agent.started", {}, *core::parse_utc("2026-11-23T07:05:00Z"));
  CHECK(event.id == "unknown-instance-agent_started-20261123T070500Z");
  CHECK(report::check_event(event).has_value());
}

TEST_CASE("daemon: a plan of hundreds of hooks still fits into a report") {
  drain::DrainStarted started;
  started.notice = notice();
  started.hooks.resize(500);
  for (auto& entry : started.hooks) entry.hook.name = "20-" + std::string(60, 'x');
  const auto event = node::journal_event(notice(), {{}, {}, started}, {});
  REQUIRE(event.has_value());
  CHECK(report::check_event(*event).has_value());
  const auto data = core::Json::parse(event->data);
  CHECK(data["hooks_count"] == 500);
  CHECK(data["hooks"].size() == 100);
}

TEST_CASE("daemon: every type of report has a sample that is sent by a report test, and a row in the table") {
  std::vector<std::string> sampled;
  for (const auto& event : node::sample_events()) {
    CHECK_MESSAGE(core::find_event_type(event.type) != nullptr, event.type);
    sampled.push_back(event.type);
  }
  for (const auto& type : core::kEventTypes)
    CHECK_MESSAGE(std::find(sampled.begin(), sampled.end(), type.name) != sampled.end(), type.name);
}
