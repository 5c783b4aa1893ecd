#include "cli/records/record_view.h"

#include <doctest/doctest.h>

#include "cli/records/record_page.h"
#include "core/utc.h"

using namespace preemptd;
using namespace preemptd::cli;
using core::BootTime;
using core::Millis;
using core::Seconds;

namespace {

const BootTime kStart{Seconds(500)};

drain::Record record() {
  drain::Record record;
  record.notice.id = "i-1-20260501T100000Z";
  record.notice.sources = {core::Source::operation_lock, core::Source::metadata};
  record.notice.seen_at_boot = kStart;
  record.notice.seen_at = *core::parse_utc("2026-05-01T10:00:00Z");
  record.started.deadline = core::Deadline(kStart + Seconds(100));
  record.started.report_reserve = Seconds(10);
  record.started_boot = kStart;
  drain::HookRecord hook;
  hook.plan.hook.name = "10-<b>";
  hook.attempts = 2;
  hook.started = kStart + Seconds(10);
  hook.ended = kStart + Seconds(30);
  hook.outcome = drain::HookOutcome{};
  hook.outcome->ending = drain::Ending::failed;
  hook.outcome->exit_code = 3;
  hook.err.tail = "<script>alert(1)</script>\n";
  record.hooks.push_back(hook);
  return record;
}

node::Poll poll(core::Source source, core::Millis after, const std::string& answer, const std::string& detail = "") {
  return {source, kStart + after, record().notice.seen_at + after, Millis(20), answer, detail};
}

std::vector<node::Evidence> evidence() {
  node::Evidence run;
  run.polled.polls = {poll(core::Source::metadata, Millis(-2000), "no notice"),
                      poll(core::Source::metadata, Millis(-1000), "no notice"),
                      poll(core::Source::operation_lock, Millis(-900), "unreachable", "<i>no route"),
                      poll(core::Source::metadata, Millis(-20), "notice"),
                      poll(core::Source::metadata, Millis(1000), "timed_out")};
  run.deliveries = {
      {record().notice.seen_at + Millis(300), "chat", "preemptd.notice.seen", "n-1", "retrying", "503", Millis(80)},
      {record().notice.seen_at + Millis(900), "chat", "preemptd.notice.seen", "n-1", "delivered", "", Millis(90)}};
  return {run};
}

}  // namespace

TEST_CASE("record: what each source said before the notice and from then on, and what became of the reports") {
  const auto polls = polls_in_short(record(), evidence());
  REQUIRE(polls.size() == 2);
  CHECK(polls[0].what ==
        "asked 2 times before it, the last 1.0 s before: no notice; 2 times from then on: 1 notice, 1 timed_out");
  CHECK(polls[1].what == "asked once before it, the last 900 ms before: unreachable; 0 times from then on");
  CHECK(polls_table(record(), evidence()).rows.size() == 5);
  CHECK(polls_table(record(), evidence()).rows[3][0].text == "-0.0 s");
  const auto reports = deliveries_in_short(evidence());
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].what == "1 delivered, 1 retrying");
  CHECK(deliveries_table(record(), evidence()).rows[1][0].text == "+0.9 s");
}

TEST_CASE("record: where preemptd noted nothing, nothing is said of it") {
  CHECK(polls_in_short(record(), {}).empty());
  CHECK(deliveries_in_short({}).empty());
  CHECK(html_page(record(), {}).find("no polls on record") != std::string::npos);
}

TEST_CASE("record: a hook's plan stands beside what became of it") {
  auto planned = record();
  planned.hooks[0].plan.start_by = kStart + Seconds(40);
  planned.hooks[0].plan.stop_by = kStart + Seconds(60);
  const auto row = hooks_table(planned).rows[0];
  CHECK(row[3].text == "40.0 - 60.0 s");
  CHECK(row[4].text == "10.0 - 30.0 s");
  CHECK(timeline_of(planned, kStart, kStart).lanes[0].spans[0].from == Seconds(40));
}

TEST_CASE("record: each hook is a lane with what became of it") {
  const auto timeline = timeline_of(record(), kStart, kStart + Seconds(50));
  REQUIRE(timeline.lanes.size() == 2);
  CHECK(timeline.length == Seconds(100));
  CHECK(timeline.lanes[0].tone == Tone::bad);
  CHECK(timeline.lanes[0].note == "failed (exit code 3), 20 s, attempt 2");
  CHECK(timeline.lanes[1].spans[0].from == Seconds(90));
}

TEST_CASE("record: a hook under way runs until now and may run until its stop-by") {
  auto under_way = record();
  under_way.hooks[0].outcome.reset();
  under_way.hooks[0].ended.reset();
  under_way.hooks[0].plan.stop_by = kStart + Seconds(80);
  const auto lane = timeline_of(under_way, kStart, kStart + Seconds(50)).lanes[0];
  REQUIRE(lane.spans.size() == 2);
  CHECK(lane.spans[0].fill == Fill::allowed);
  CHECK(lane.spans[0].to == Seconds(80));
  CHECK(lane.spans[1].to == Seconds(50));
  CHECK(lane.note == "running");
}

TEST_CASE("record: the page holds everything, asks nobody, and lets no hook write HTML") {
  const auto page = html_page(record(), evidence());
  for (const char* text : {"class=\"chart\"", "10-&lt;b&gt;", "operation-lock, then metadata", "&lt;script&gt;alert(1)",
                           "failed (exit code 3)", "&lt;i&gt;no route", "chat", "preemptd.notice.seen"}) {
    CAPTURE(text);
    CHECK(page.find(text) != std::string::npos);
  }
  CHECK(page.find("<script") == page.rfind("<script"));  // the page's own, at its end
  for (const char* text : {"http://", "https://", "<link", "<img", "url("}) {
    CAPTURE(text);
    CHECK(page.find(text) == std::string::npos);
  }
}

TEST_CASE("record: a time at the end of the page's axis ends there, so that it does not stick out") {
  auto short_one = record();
  short_one.started.deadline = core::Deadline(kStart + Seconds(90));
  const auto page = html_page(short_one, evidence());
  CHECK(page.find("<b class=\"end\" style=\"left:100") != std::string::npos);
  CHECK(page.find("<b style=\"left:83") != std::string::npos);
}

TEST_CASE("record: the page begins with the verdict, and the scrubber knows polls, plan, run and reports") {
  auto ended = record();
  ended.started_at = ended.notice.seen_at + Millis(40);
  ended.hooks[0].plan.start_by = kStart + Seconds(40);
  ended.hooks[0].plan.stop_by = kStart + Seconds(60);
  ended.finished = drain::DrainFinished{.failed = 1, .margin = Seconds(70)};
  const auto page = html_page(ended, evidence());
  const auto verdict =
      page.find("<h1 class=\"bad\">1 of 1 hook failed: 10-&lt;b&gt;; ended 70 s before the deadline</h1>");
  REQUIRE(verdict != std::string::npos);
  CHECK(page.find("<body>") + 7 == verdict);
  CHECK(page.find("data-plan=\"40000,60000\" data-run=\"10000,30000\"") != std::string::npos);
  CHECK(page.find("data-at=\"-2000\" data-kind=\"pollmetadata\" data-text=\"poll: metadata no notice\"") !=
        std::string::npos);
  CHECK(page.find("data-text=\"report: chat preemptd.notice.seen delivered\"") != std::string::npos);
  CHECK(page.find("min=\"-2000\" max=\"100000\"") != std::string::npos);
}

TEST_CASE("record: a reason too long for the chart is whole in the table, and not cut in the chart") {
  auto long_one = record();
  long_one.hooks[0].outcome->ending = drain::Ending::not_started;
  long_one.hooks[0].outcome->reason = "/etc/preemptd/hooks.d/90-bye can be written by everybody; chmod go-w it";
  CHECK(timeline_of(long_one, kStart, kStart).lanes[0].note.starts_with("not started, 20 s"));
  CHECK(hooks_table(long_one).rows[0][2].text.ends_with("chmod go-w it"));
}

TEST_CASE("record: journal entries as sentences") {
  auto tell = [](drain::JournalBody body) { return sentence_of({{}, kStart, std::move(body)}, kStart); };
  CHECK(tell(drain::DrainStarted{}) == "drain started without any hook");
  CHECK(tell(drain::HookStarted{.hook = "10-a", .attempt = 2, .stop_by = kStart + Seconds(12)}) ==
        "10-a started again (attempt 2), may run until +12 s");
  CHECK(
      tell(drain::HookFinished{.hook = "10-a", .event = drain::HookEvent::undo, .attempt = 1, .took = Millis(1500)}) ==
      "10-a undo ok after 1.5 s");
  CHECK(tell(drain::DrainFinished{.margin = Seconds(-3)}) == "drain finished 3.0 s after the deadline");
  CHECK(tell(drain::UndoFinished{.ok = 2, .failed = 1}) == "undo finished, 1 of 3 failed");
}
