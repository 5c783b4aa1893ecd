#include "report/outbox/outbox.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using core::BootTime;
using core::Deadline;
using core::Millis;
using core::Seconds;

namespace {

const BootTime kNow{Seconds(1000)};

Outbox outbox_with(std::vector<SinkTraits> sinks) {
  Outbox outbox;
  replace_sinks(outbox, std::move(sinks));
  return outbox;
}

SinkTraits sink_called(const std::string& name) {
  SinkTraits traits;
  traits.name = name;
  return traits;
}

/// Adds an event that is on the disk at once; its number.
std::uint64_t put(Outbox& outbox, const std::string& id, BootTime now = kNow,
                  const char* type = "preemptd.hook.finished") {
  const auto number = add(outbox, event_called(id, type), now).number;
  stored(outbox, number);
  return number;
}

/// What the lane would try now; "" when nothing.
std::string tried(const Outbox& outbox, std::size_t sink, BootTime now = kNow) {
  const auto what = next(outbox, sink, now);
  const auto* attempt = std::get_if<Try>(&what);
  if (attempt == nullptr) return "";
  for (const auto& report : outbox.reports) {
    if (report.number == attempt->number) return report.event.id;
  }
  return "?";
}

/// One attempt of the sink's lane, with this outcome.
std::string attempt(Outbox& outbox, std::size_t sink, const DeliveryOutcome& outcome, BootTime now = kNow) {
  const auto what = next(outbox, sink, now);
  const auto* chosen = std::get_if<Try>(&what);
  if (chosen == nullptr) return "";
  const std::string id = tried(outbox, sink, now);
  started(outbox, sink, *chosen);
  finished(outbox, sink, outcome, 0.5, now);
  take_settled(outbox);
  return id;
}

/// The ids of what would travel in it.
std::string merged(const Outbox& outbox, std::size_t sink, BootTime now = kNow) {
  std::string ids;
  const auto what = next(outbox, sink, now);
  for (const auto& event : std::get<Try>(what).remarks.merged) ids += (ids.empty() ? "" : " ") + event.id;
  return ids;
}

Remarks remarks(const Outbox& outbox, BootTime now) {
  const auto what = next(outbox, 0, now);
  REQUIRE(std::holds_alternative<Try>(what));
  return std::get<Try>(what).remarks;
}

const DeliveryOutcome kDelivered = DeliveryOutcome::delivered("HTTP 200");
const DeliveryOutcome kRetry = DeliveryOutcome::retry("HTTP 503");

}  // namespace

TEST_CASE("outbox: reports leave in order, one at a time, and are gone once delivered") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  put(outbox, "b");
  const auto first = std::get<Try>(next(outbox, 0, kNow));
  started(outbox, 0, first);
  CHECK(std::holds_alternative<Nothing>(next(outbox, 0, kNow)));
  finished(outbox, 0, kDelivered, 0, kNow);
  CHECK(take_settled(outbox).size() == 1);
  CHECK(attempt(outbox, 0, kDelivered) == "b");
  CHECK(outbox.reports.empty());
}

TEST_CASE("outbox: a dead sink costs the others nothing") {
  auto outbox = outbox_with({sink_called("dead"), sink_called("ops")});
  put(outbox, "a");
  put(outbox, "b");
  CHECK(attempt(outbox, 0, kRetry) == "a");
  CHECK(tried(outbox, 0) == "");
  CHECK(attempt(outbox, 1, kDelivered) == "a");
  CHECK(attempt(outbox, 1, kDelivered) == "b");
  CHECK(outbox.reports.size() == 2);
}

TEST_CASE("outbox: a report waits for the disk, but not for ever") {
  auto outbox = outbox_with({sink_called("ops")});
  const auto number = add(outbox, event_called("a"), kNow).number;
  CHECK(std::get<WaitUntil>(next(outbox, 0, kNow)).time == kNow + kDiskPatience);
  CHECK(tried(outbox, 0, kNow + kDiskPatience) == "a");
  stored(outbox, number);
  CHECK(tried(outbox, 0) == "a");
}

TEST_CASE("outbox: the same event is told once, also after a restart") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  CHECK(put(outbox, "a") == 0);
  CHECK(attempt(outbox, 0, kDelivered) == "a");
  CHECK(put(outbox, "a") == 0);

  auto restarted = outbox_with({sink_called("ops")});
  CHECK(restore(restarted, 7, event_called("b"), {{"ops", DeliveryState::owed}}, kNow));
  CHECK(put(restarted, "b") == 0);
  CHECK(put(restarted, "c") == 8);
}

TEST_CASE("outbox: a sink gets only the events it asked for") {
  auto notices = sink_called("notices");
  notices.events = {"preemptd.notice.seen"};
  auto outbox = outbox_with({notices});
  CHECK(put(outbox, "a", kNow, "preemptd.hook.finished") == 0);
  CHECK(put(outbox, "b", kNow, "preemptd.notice.seen") == 1);
}

TEST_CASE("outbox: after a restart what is owed goes on, marked late, and what was delivered is not told again") {
  auto outbox = outbox_with({sink_called("ops"), sink_called("chat"), sink_called("new")});
  const std::map<std::string, DeliveryState> marks{
      {"ops", DeliveryState::delivered}, {"chat", DeliveryState::owed}, {"removed", DeliveryState::owed}};
  CHECK(restore(outbox, 3, event_called("a"), marks, kNow));
  CHECK(tried(outbox, 0) == "");
  CHECK(tried(outbox, 1) == "a");
  CHECK(tried(outbox, 2) == "a");
  CHECK(std::get<Try>(next(outbox, 1, kNow)).remarks.late);
  CHECK_FALSE(restore(
      outbox, 4, event_called("b"),
      {{"ops", DeliveryState::delivered}, {"chat", DeliveryState::delivered}, {"new", DeliveryState::refused}}, kNow));
}

TEST_CASE("outbox: restored reports keep their order") {
  auto outbox = outbox_with({sink_called("ops")});
  restore(outbox, 9, event_called("c"), {}, kNow);
  restore(outbox, 2, event_called("a"), {}, kNow);
  restore(outbox, 5, event_called("b"), {}, kNow);
  CHECK(attempt(outbox, 0, kDelivered) == "a");
  CHECK(attempt(outbox, 0, kDelivered) == "b");
  CHECK(attempt(outbox, 0, kDelivered) == "c");
}

TEST_CASE("outbox: what a minute of trouble held back is marked late") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  CHECK_FALSE(remarks(outbox, kNow + Seconds(60)).late);
  CHECK(remarks(outbox, kNow + Seconds(61)).late);
}

TEST_CASE("outbox: while the instance dies the final report overtakes, else the order holds") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "progress");
  put(outbox, "end", kNow, "preemptd.drain.finished");
  CHECK(tried(outbox, 0) == "progress");
  set_end(outbox, Deadline::after(kNow, Seconds(30)), kNow);
  CHECK(tried(outbox, 0) == "end");
  CHECK(tried(outbox, 0, kNow + Seconds(31)) == "progress");
}

TEST_CASE("outbox: a full one drops the oldest that is not final, and the next delivery tells how many") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "final", kNow, "preemptd.drain.finished");
  for (std::size_t i = 0; i + 1 < kMostReports; ++i) put(outbox, "r" + std::to_string(i));
  CHECK(outbox.reports.size() == kMostReports);

  const auto added = add(outbox, event_called("new"), kNow);
  REQUIRE(added.dropped.size() == 1);
  CHECK(added.dropped[0].event.id == "r0");
  CHECK(outbox.reports.size() == kMostReports);
  CHECK(remarks(outbox, kNow).lost == 1);
  CHECK(attempt(outbox, 0, kDelivered) == "final");
  CHECK(remarks(outbox, kNow).lost == 0);
}

TEST_CASE("outbox: it never holds more than 4 MiB") {
  auto outbox = outbox_with({sink_called("ops")});
  CloudEvent large = event_called("x");
  large.data = R"({"text":")" + std::string(60 * 1024, 'x') + "\"}";
  std::size_t dropped = 0;
  for (int i = 0; i < 100; ++i) {
    large.id = "r" + std::to_string(i);
    dropped += add(outbox, large, kNow).dropped.size();
  }
  std::size_t bytes = 0;
  for (const auto& report : outbox.reports) bytes += report.bytes;
  CHECK(bytes <= kMostBytes);
  CHECK(bytes > kMostBytes - 70 * 1024);
  CHECK(dropped + outbox.reports.size() == 100);
}

TEST_CASE("outbox: when only final ones are left the oldest of them goes") {
  auto outbox = outbox_with({sink_called("ops")});
  for (std::size_t i = 0; i < kMostReports; ++i) put(outbox, "f" + std::to_string(i), kNow, "preemptd.drain.finished");
  const auto added = add(outbox, event_called("new", "preemptd.drain.finished"), kNow);
  REQUIRE(added.dropped.size() == 1);
  CHECK(added.dropped[0].event.id == "f0");
}

TEST_CASE("outbox: a report on its way is not dropped for another") {
  auto outbox = outbox_with({sink_called("ops")});
  for (std::size_t i = 0; i < kMostReports; ++i) put(outbox, "r" + std::to_string(i));
  started(outbox, 0, std::get<Try>(next(outbox, 0, kNow)));
  CHECK(add(outbox, event_called("new"), kNow).dropped.at(0).event.id == "r65");
}

TEST_CASE("outbox: the outcome of an attempt whose report was dropped meanwhile is no trouble") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  started(outbox, 0, std::get<Try>(next(outbox, 0, kNow)));
  outbox.reports.clear();
  CHECK(finished(outbox, 0, kDelivered, 0, kNow).empty());
  CHECK(put(outbox, "b") == 2);
  CHECK(tried(outbox, 0) == "b");
}

TEST_CASE("outbox: a malformed report is given up, the next one goes on at once") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "bad");
  put(outbox, "good");
  CHECK(attempt(outbox, 0, DeliveryOutcome::permanent("HTTP 422")) == "bad");
  CHECK(attempt(outbox, 0, kDelivered) == "good");
}

TEST_CASE("outbox: a place that is gone gets nothing until a reload, and what it is owed is kept") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  CHECK(attempt(outbox, 0, DeliveryOutcome::gone("HTTP 410")) == "a");
  CHECK(std::holds_alternative<Nothing>(next(outbox, 0, kNow + std::chrono::hours(24))));
  replace_sinks(outbox, {sink_called("ops")});
  CHECK(tried(outbox, 0) == "a");
}

TEST_CASE("outbox: a sink taken out of the configuration is owed nothing") {
  auto outbox = outbox_with({sink_called("ops"), sink_called("chat")});
  put(outbox, "a");
  replace_sinks(outbox, {sink_called("chat")});
  CHECK(take_settled(outbox).empty());
  CHECK(tried(outbox, 0) == "a");
  replace_sinks(outbox, {});
  CHECK(take_settled(outbox).size() == 1);
}

TEST_CASE("outbox: progress that waits for a chat travels in the next event, and nothing of it is lost") {
  auto chat = sink_called("chat");
  chat.merge_progress_above = 0;
  auto outbox = outbox_with({chat, sink_called("ops")});
  put(outbox, "seen", kNow, "preemptd.notice.seen");
  for (const char* id : {"p1", "p2"}) put(outbox, id);
  put(outbox, "end", kNow, "preemptd.drain.finished");
  CHECK(attempt(outbox, 0, kDelivered) == "seen");
  CHECK(merged(outbox, 0) == "p1 p2");
  CHECK(attempt(outbox, 0, kDelivered) == "end");
  CHECK(tried(outbox, 0) == "");
  for (const char* id : {"seen", "p1", "p2", "end"}) CHECK(attempt(outbox, 1, kDelivered) == id);
  CHECK(outbox.reports.empty());
}

TEST_CASE("outbox: what travelled in an event that was not taken stays owed") {
  auto chat = sink_called("chat");
  chat.merge_progress_above = 0;
  for (const auto& [outcome, next_one, next_merged] :
       {std::tuple{kRetry, "p2", "p1"}, std::tuple{DeliveryOutcome::permanent("HTTP 422"), "p1", ""}}) {
    auto outbox = outbox_with({chat});
    for (const char* id : {"p1", "p2"}) put(outbox, id);
    attempt(outbox, 0, outcome);
    CHECK(tried(outbox, 0, kNow + Seconds(10)) == next_one);
    CHECK(merged(outbox, 0, kNow + Seconds(10)) == next_merged);
  }
}

TEST_CASE("outbox: a program gets progress one by one, until too much of it waits") {
  auto outbox = outbox_with({sink_called("ops")});
  for (int i = 0; i < 16; ++i) put(outbox, "p" + std::to_string(i));
  CHECK(tried(outbox, 0) == "p0");
  CHECK(merged(outbox, 0) == "");
  for (int i = 16; i < 100; ++i) put(outbox, "p" + std::to_string(i));
  CHECK(std::get<Try>(next(outbox, 0, kNow)).merged.size() == kMostMerged);
  CHECK(attempt(outbox, 0, kDelivered) == "p64");
  CHECK(attempt(outbox, 0, kDelivered) == "p99");
  CHECK(outbox.reports.empty());
}

TEST_CASE("outbox: while the instance dies the newest final report takes older ones along") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "seen", kNow, "preemptd.notice.seen");
  put(outbox, "unfinished", kNow, "preemptd.drain.unfinished");
  put(outbox, "end", kNow, "preemptd.drain.finished");
  set_end(outbox, Deadline::after(kNow, Seconds(5)), kNow);
  CHECK(merged(outbox, 0) == "unfinished");
  CHECK(attempt(outbox, 0, kDelivered) == "end");
  CHECK(attempt(outbox, 0, kDelivered) == "seen");
  CHECK(outbox.reports.empty());
}

TEST_CASE("outbox: a sink that shows a state gets the newest with all older ones in it, and nothing older after it") {
  auto tags = sink_called("tags");
  tags.latest_only = true;
  auto outbox = outbox_with({tags});
  set_end(outbox, Deadline::after(kNow, Seconds(60)), kNow);
  put(outbox, "seen", kNow, "preemptd.notice.seen");
  CHECK(attempt(outbox, 0, kRetry) == "seen");
  put(outbox, "started", kNow, "preemptd.drain.started");
  put(outbox, "end", kNow, "preemptd.drain.finished");
  put(outbox, "blind", kNow, "preemptd.agent.blind");
  const BootTime later = kNow + Seconds(2);
  CHECK(merged(outbox, 0, later) == "seen started end");
  CHECK(attempt(outbox, 0, kDelivered, later) == "blind");
  CHECK(outbox.reports.empty());
}

TEST_CASE("outbox: more than fits into one event goes to a sink that shows a state in order, too") {
  auto tags = sink_called("tags");
  tags.latest_only = true;
  auto outbox = outbox_with({tags});
  for (std::size_t i = 0; i < kMostMerged + 3; ++i) put(outbox, "p" + std::to_string(i));
  CHECK(attempt(outbox, 0, kDelivered) == "p64");
  CHECK(merged(outbox, 0) == "p65");
  CHECK(attempt(outbox, 0, kDelivered) == "p66");
}

TEST_CASE("outbox: a reload forgets no loss") {
  auto outbox = outbox_with({sink_called("ops")});
  for (std::size_t i = 0; i <= kMostReports; ++i) put(outbox, "r" + std::to_string(i));
  replace_sinks(outbox, {sink_called("new"), sink_called("ops")});
  CHECK(outbox.sinks[1].lost == 1);
}

TEST_CASE("outbox: waits double up to five minutes, spread by the jitter, and never vanish") {
  const struct {
    int failures;
    double jitter;
    Millis wait;
  } cases[] = {{1, 0.0, Millis(50)},   {1, 0.999999, Millis(499)}, {2, 0.5, Millis(550)},
               {4, 0.5, Millis(2200)}, {11, 0.5, Seconds(165)},    {100, 0.5, Seconds(165)}};
  for (const auto& c : cases) {
    CAPTURE(c.failures);
    CHECK(backoff(c.failures, {}, c.jitter, {}, kNow) == c.wait);
  }
}

TEST_CASE("outbox: the receiver's wish for a pause is heeded, for an hour at most") {
  CHECK(backoff(1, Seconds(90), 0.5, {}, kNow) == Seconds(90));
  CHECK(backoff(1, std::chrono::hours(30), 0.5, {}, kNow) == std::chrono::hours(1));
  CHECK(backoff(11, Seconds(1), 0.5, {}, kNow) == Seconds(165));
}

TEST_CASE("outbox: while the instance dies waits are a second at most, and a long pause leaves room for a last try") {
  const auto end = Deadline::after(kNow, Seconds(100));
  CHECK(backoff(10, {}, 0.999999, end, kNow) <= Seconds(1));
  CHECK(backoff(1, std::chrono::hours(1), 0.5, end, kNow) == Seconds(98));
  CHECK(backoff(10, {}, 0.5, end, kNow + Seconds(99)) <= Seconds(1));
  CHECK(backoff(10, {}, 0.5, end, kNow + Seconds(101)) > Seconds(1));
}

TEST_CASE("outbox: a sink that bears few attempts a minute gets no more, also while the instance dies") {
  auto chat = sink_called("chat");
  chat.pause = Seconds(3);
  auto outbox = outbox_with({chat});
  set_end(outbox, Deadline::after(kNow, Seconds(300)), kNow);
  put(outbox, "a");
  int attempts = 0;
  for (Millis at{0}; at < Seconds(60); at += Millis(100))
    attempts += attempt(outbox, 0, kRetry, kNow + at).empty() ? 0 : 1;
  CHECK(attempts == 20);
}

TEST_CASE("outbox: an attempt takes the sink's timeout at most, while the instance dies a quarter of what is left") {
  CHECK(attempt_deadline(Seconds(10), {}, kNow).left(kNow) == Seconds(10));
  CHECK(attempt_deadline(Seconds(10), Deadline::after(kNow, Seconds(20)), kNow).left(kNow) == Seconds(5));
  CHECK(attempt_deadline(Seconds(10), Deadline::after(kNow, Seconds(300)), kNow).left(kNow) == Seconds(10));
  CHECK(attempt_deadline(Seconds(10), Deadline::after(kNow, Millis(100)), kNow).left(kNow) == Seconds(1));
  CHECK(attempt_deadline(Seconds(10), Deadline(kNow), kNow).left(kNow) == Seconds(10));
}

TEST_CASE("outbox: a notice ends the waits of quieter times") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  for (int i = 0; i < 10; ++i) attempt(outbox, 0, kRetry, kNow + std::chrono::minutes(10 * i));
  const BootTime later = kNow + std::chrono::minutes(90);
  CHECK(tried(outbox, 0, later) == "");
  set_end(outbox, Deadline::after(later, Seconds(300)), later);
  CHECK(tried(outbox, 0, later) == "a");
}

TEST_CASE("outbox: a notice does not end a pause the receiver asked for, but leaves it a last try") {
  auto outbox = outbox_with({sink_called("ops")});
  put(outbox, "a");
  attempt(outbox, 0, DeliveryOutcome::retry("HTTP 429", std::chrono::hours(1)));
  set_end(outbox, Deadline::after(kNow, Seconds(300)), kNow);
  CHECK(std::get<WaitUntil>(next(outbox, 0, kNow)).time == kNow + Seconds(298));
}
