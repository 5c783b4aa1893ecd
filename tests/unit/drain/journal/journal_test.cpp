#include "drain/journal/journal.h"

#include <doctest/doctest.h>

#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::drain;
using core::Deadline;
using fakes::kNow;

namespace {

JournalEntry entry(JournalBody body) {
  return {core::WallTime(core::Millis(1'800'000'000'123)), kNow, std::move(body)};
}

DrainStarted drain_started() {
  DrainStarted started;
  started.notice = fakes::notice();
  started.deadline = Deadline(kNow + Seconds(300));
  started.boot_id = "boot-1";
  started.verdict = "fits";
  started.hooks.push_back({fakes::hook("20-a", Seconds(20), Seconds(90)), "runs", "", true, kNow, kNow + Seconds(90),
                           kNow + Seconds(95), Millis(0)});
  started.warnings = {"a warning"};
  return started;
}

HookFinished hook_finished() {
  return {"20-a",       HookEvent::drain,  2,         {Ending::ran_out_of_time, 0, 9, true, Cause::none, "why"}, true,
          Millis(1234), {100, 36, "tail"}, {5, 0, ""}};
}

std::string text_of(const std::vector<JournalBody>& bodies) {
  std::string text;
  for (const auto& body : bodies) text += encode(entry(body));
  return text;
}

}  // namespace

TEST_CASE("journal: every type of entry is read back as it was written") {
  const std::vector<JournalBody> bodies{drain_started(),
                                        HookStarted{"20-a", HookEvent::undo, 2, kNow, kNow + Seconds(5)},
                                        hook_finished(),
                                        NoticeMoved{Deadline(kNow), core::WallTime(Seconds(1'800'000'000))},
                                        DrainFinished{true, 1, 2, 3, Millis(-5)},
                                        UndoStarted{"returned", Deadline(kNow), "boot-1", {"20-a", "10-b"}},
                                        UndoFinished{4, 5, 6}};
  const std::string text = text_of(bodies);
  const JournalText read = decode_journal(text);
  CHECK(read.good_bytes == text.size());
  REQUIRE(read.entries.size() == bodies.size());
  std::string again;
  for (const auto& one : read.entries) again += encode(one);
  CHECK(again == text);
  CHECK(std::get<HookFinished>(read.entries[2].body).outcome == hook_finished().outcome);
  CHECK(std::get<DrainStarted>(read.entries[0].body).hooks[0].hook == fakes::hook("20-a", Seconds(20), Seconds(90)));
  CHECK(std::get<DrainStarted>(read.entries[0].body).notice == fakes::notice());
  CHECK(read.entries[0].boot == kNow);
}

TEST_CASE("journal: cut anywhere, the whole lines before the cut are read and nothing else") {
  const std::string first = text_of({hook_finished()}), text = first + text_of({UndoFinished{}});
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const JournalText read = decode_journal(std::string_view(text).substr(0, cut));
    CHECK(read.entries.size() == (cut == text.size() ? 2 : cut >= first.size() ? 1 : 0));
    CHECK(read.good_bytes == (cut == text.size() ? text.size() : cut >= first.size() ? first.size() : 0));
  }
}

TEST_CASE("journal: any flipped bit ends the reading at its line, and good lines after it are not believed") {
  const std::string first = text_of({hook_finished()}), damaged_line = text_of({UndoFinished{}}),
                    last = text_of({hook_finished()});
  for (std::size_t at = 0; at < damaged_line.size(); ++at) {
    std::string damaged = damaged_line;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    CHECK(decode_journal(first + damaged + last).entries.size() == 1);
  }
}

TEST_CASE("journal: an entry of a type from the future is skipped, not an end") {
  std::string line = text_of({UndoFinished{}});
  const std::string payload = R"({"type":"hook.levitated","at":"2027-01-15T08:00:00.000Z","boot_ms":1})";
  // The checksum of that payload, worked out by another program.
  line = "f4eb180c " + payload + "\n" + line;
  const JournalText read = decode_journal(line);
  CHECK(read.good_bytes == line.size());
  CHECK(read.entries.size() == 1);
}

TEST_CASE("journal: bytes that are no text do not break a line") {
  HookFinished finished = hook_finished();
  finished.outcome.reason = std::string("bad \xff\n\0 bytes", 14);
  const std::string line = text_of({finished});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(decode_journal(line).entries.size() == 1);
}
