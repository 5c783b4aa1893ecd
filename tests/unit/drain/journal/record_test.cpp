#include "drain/journal/record.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::drain;
using fakes::kNow;

namespace {

class Journal {
 public:
  void add(Seconds after, JournalBody body) {
    entries.push_back({core::WallTime(Seconds(1'800'000'000) + after), kNow + after, std::move(body)});
  }
  std::vector<JournalEntry> entries;
};

DrainStarted started(bool resumed = false) {
  DrainStarted body;
  body.notice = fakes::notice();
  body.resumed = resumed;
  for (const auto* name : {"10-a", "20-b"})
    body.hooks.push_back({fakes::hook(name), "runs", "", true, {}, {}, {}, Millis(0)});
  return body;
}
HookFinished finished(const std::string& hook, HookEvent event, Ending ending, bool again = false) {
  return {hook, event, 1, {ending, 0, 0, false, Cause::none, ""}, again, Millis(0), {7, 0, "seven"}, {}};
}

}  // namespace

TEST_CASE("record: a whole drain with its undo is told from the journal") {
  Journal journal;
  journal.add(Seconds(0), started());
  journal.add(Seconds(0), HookStarted{"10-a", HookEvent::drain, 1, {}, {}});
  journal.add(Seconds(3), finished("10-a", HookEvent::drain, Ending::failed, true));
  journal.add(Seconds(4), HookStarted{"10-a", HookEvent::drain, 2, {}, {}});
  journal.add(Seconds(5), finished("10-a", HookEvent::drain, Ending::ok));
  journal.add(Seconds(5), finished("20-b", HookEvent::drain, Ending::not_started));
  journal.add(Seconds(6), DrainFinished{false, 1, 0, 1, Seconds(294)});
  journal.add(Seconds(9), UndoStarted{"withdrawn", {}, "boot-1", {"10-a"}});
  journal.add(Seconds(9), finished("10-a", HookEvent::undo, Ending::failed));
  const auto half = record_of(journal.entries);
  REQUIRE(half);
  CHECK(half->state == DrainState::undoing);
  journal.add(Seconds(10), UndoFinished{0, 0, 1});
  const auto record = record_of(journal.entries);
  REQUIRE(record);
  CHECK(record->state == DrainState::undone);
  REQUIRE(record->hooks.size() == 2);
  const HookRecord& a = record->hooks[0];
  CHECK(a.attempts == 2);
  CHECK(a.started == kNow + Seconds(4));
  CHECK(a.ended == kNow + Seconds(5));
  CHECK(a.outcome->ending == Ending::ok);
  CHECK(a.undo->ending == Ending::failed);
  CHECK(a.out.tail == "seven");
  CHECK(record->hooks[1].outcome->ending == Ending::not_started);
  CHECK(to_json(*record)["margin_ms"] == 294'000);
  CHECK(to_json(*record)["hooks"][0]["result"]["outcome"] == "ok");
}

TEST_CASE("record: a drainer that died in a hook leaves it open, and its successor is counted") {
  Journal journal;
  journal.add(Seconds(0), started());
  journal.add(Seconds(0), HookStarted{"10-a", HookEvent::drain, 1, {}, {}});
  CHECK_FALSE(record_of(journal.entries)->hooks[0].outcome);
  journal.add(Seconds(1), started(true));
  CHECK(record_of(journal.entries)->drainers == 2);
  CHECK(record_of(journal.entries)->hooks.size() == 2);
}

TEST_CASE("record: a journal without a start tells nothing, and of two drains the last is told") {
  Journal journal;
  CHECK_FALSE(record_of(journal.entries));
  journal.add(Seconds(0), UndoFinished{});
  journal.add(Seconds(0), finished("10-a", HookEvent::drain, Ending::ok));
  CHECK_FALSE(record_of(journal.entries));
  journal.add(Seconds(0), started());
  journal.add(Seconds(1), finished("10-a", HookEvent::drain, Ending::ok));
  journal.add(Seconds(2), started());
  CHECK_FALSE(record_of(journal.entries)->hooks[0].outcome);
}
