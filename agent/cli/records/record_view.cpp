#include "cli/records/record_view.h"

#include <algorithm>

#include <cstdio>

#include "core/duration.h"
#include "core/text.h"
#include "core/utc.h"
#include "node/drain_result.h"

namespace preemptd::cli {
namespace {

std::string what_follows(core::Behavior behavior) {
  switch (behavior) {
    case core::Behavior::terminate: return ", then it is released";
    case core::Behavior::stop: return ", then it is stopped";
    case core::Behavior::unknown: break;
  }
  return "";
}

using core::BootTime;
using core::Millis;

Millis since(BootTime start, BootTime at) {
  return std::chrono::duration_cast<Millis>(at - start);
}

std::string shown(const std::string& name) {
  return core::printable(name, 120);
}

constexpr std::size_t kLongestNote = 40;

std::string note_of(const drain::HookRecord& hook) {
  if (!hook.outcome) return hook.started ? "running" : "waiting";
  std::string note = drain::describe(*hook.outcome);
  if (note.size() > kLongestNote) {  // the table has the reason
    auto bare = *hook.outcome;
    bare.reason.clear();
    note = drain::describe(bare);
  }
  if (hook.started && hook.ended) note += ", " + spoken(since(*hook.started, *hook.ended).count());
  if (hook.turn > 1) note += ", second turn";
  if (hook.attempts > 1) note += ", attempt " + std::to_string(hook.attempts);
  return core::printable(note, 120);
}

ChartRow lane_of(const drain::HookRecord& hook, BootTime start, BootTime now) {
  ChartRow lane{shown(hook.plan.hook.name), hook.outcome ? tone_of(*hook.outcome) : Tone::plain, {}, note_of(hook)};
  // The plan is of this boot; after a reboot inside the window there is nothing to compare with.
  if (hook.plan.starts && hook.plan.stop_by > start)
    lane.spans.push_back({since(start, hook.plan.start_by), since(start, hook.plan.stop_by), Fill::allowed});
  if (hook.started) {
    const auto from = since(start, *hook.started);
    const auto to = since(start, hook.ended.value_or(now));
    lane.spans.push_back({from, to, Fill::run});
  }
  return lane;
}

/// "12.3 - 60.0 s"
std::string between(BootTime start, BootTime from, BootTime to) {
  const auto seconds = [&](BootTime at) { return static_cast<double>(since(start, at).count()) / 1000; };
  char text[64];
  std::snprintf(text, sizeof text, "%.1f - %.1f s", seconds(from), seconds(to));
  return text;
}

std::string plus(BootTime start, BootTime at) {
  return "+" + spoken(std::max(Millis{0}, since(start, at)).count());
}

struct Teller {
  BootTime start;

  std::string operator()(const drain::DrainStarted& e) const {
    const auto count = std::to_string(e.hooks.size()) + (e.hooks.size() == 1 ? " hook" : " hooks");
    if (e.resumed) return "drain goes on after an interruption";
    if (e.hooks.empty()) return "drain started without any hook";
    return "drain started, " + count + "; " + core::printable(e.verdict, 300);
  }
  std::string operator()(const drain::HookStarted& e) const {
    const std::string undo = e.event == drain::HookEvent::undo ? " undo" : "";
    const std::string turn = e.turn > 1 ? " in a second turn" : "";
    const std::string again = turn + (e.attempt > 1 ? " again (attempt " + std::to_string(e.attempt) + ")" : "");
    return shown(e.hook) + undo + " started" + again + ", may run until " + plus(start, e.stop_by);
  }
  std::string operator()(const drain::HookFinished& e) const {
    const std::string undo = e.event == drain::HookEvent::undo ? " undo" : "";
    const std::string took = e.attempt > 0 ? " after " + spoken(e.took.count()) : "";
    return shown(e.hook) + undo + " " + core::printable(drain::describe(e.outcome), 200) + took +
           (e.again ? ", tries again" : "");
  }
  std::string operator()(const drain::NoticeMoved& e) const {
    return "the deadline moved to " + plus(start, e.deadline.at());
  }
  std::string operator()(const drain::DrainFinished& e) const {
    const std::string left = e.margin.count() >= 0 ? spoken(e.margin.count()) + " before the deadline"
                                                   : spoken(-e.margin.count()) + " after the deadline";
    return e.withdrawn ? "drain ended: the notice was withdrawn" : "drain finished " + left;
  }
  std::string operator()(const drain::UndoStarted& e) const {
    return "undo started (" + core::printable(e.reason, 100) + ")";
  }
  std::string operator()(const drain::UndoFinished& e) const {
    return "undo finished, " + std::to_string(e.failed) + " of " + std::to_string(e.ok + e.skipped + e.failed) +
           " failed";
  }
};

}  // namespace

Tone tone_of(const drain::HookOutcome& outcome) {
  if (outcome.ending == drain::Ending::skipped || not_needed(outcome)) return Tone::faint;
  return node::went_well(outcome) ? Tone::good : Tone::bad;
}

Timeline timeline_of(const drain::Record& record, BootTime start, BootTime now) {
  const auto deadline = record.started.deadline.at();
  Timeline timeline{std::max(Millis{1}, since(start, deadline)), {}};
  for (const auto& hook : record.hooks) timeline.lanes.push_back(lane_of(hook, start, now));
  const auto reserve = record.started.report_reserve;
  timeline.lanes.push_back(
      {"last report", Tone::faint, {{timeline.length - reserve, timeline.length, Fill::reserved}}, "reserved"});
  return timeline;
}

Table facts_table(const drain::Record& record, const EvidenceRuns& evidence) {
  Table facts{{{"WHAT"}, {"STATE"}}, {}, "", false};
  auto fact = [&](const std::string& name, Cell cell) {
    facts.rows.push_back({Cell(name, Tone::strong), std::move(cell)});
  };
  const auto& notice = record.notice;
  std::string sources;
  for (const auto source : notice.sources)
    sources += (sources.empty() ? "" : ", then ") + std::string(core::name_of(source));
  fact("drain", notice.id + (notice.rehearsal ? " (rehearsal at speed " + std::to_string(notice.speed) + ")" : ""));
  fact("instance", notice.instance.instance_id + "  " + notice.instance.instance_type + "  " + notice.instance.zone_id);
  fact("notice", "seen " + core::format_utc_millis(notice.seen_at) + " by " + sources + "; " +
                     spoken(since(BootTime(), notice.seen_at_boot).count()) + " after boot");
  fact("ends", core::format_utc(notice.termination_time) + (notice.exact ? "" : " (guessed: only the lock spoke)") +
                   what_follows(notice.behavior));
  if (!notice.reason.empty()) fact("reason", core::printable(notice.reason, 300));
  for (const auto& line : polls_in_short(record, evidence)) fact(line.name, line.what);
  fact("clock error", notice.clock_error.count() == 0
                          ? "none"
                          : "this node's clock is " + spoken(std::abs(notice.clock_error.count())) +
                                (notice.clock_error.count() > 0 ? " ahead" : " behind"));
  fact("started",
       core::format_utc_millis(record.started_at) +
           (record.drainers > 1 ? ", gone on with " + std::to_string(record.drainers - 1) + " times after a crash"
                                : ""));
  fact("plan", core::printable(record.started.verdict, 300));
  if (record.finished) {
    const auto margin = record.finished->margin.count();
    fact("margin", {spoken(margin) + (margin < 0 ? " (late)" : ""), margin < 0 ? Tone::bad : Tone::good});
  }
  for (const auto& line : deliveries_in_short(evidence)) fact("reports", line.name + ": " + line.what);
  fact("version", record.started.version + ", config " + record.started.config_digest + ", hooks " +
                      record.started.hooks_digest + ", trees killed by " + record.started.backend);
  return facts;
}

Table hooks_table(const drain::Record& record) {
  Table table{{{"STAGE", Align::right, false, 3},
               {"HOOK"},
               {"OUTCOME", Align::left, true},
               {"PLANNED", Align::right, false, 1},
               {"RAN", Align::right},
               {"ATTEMPTS", Align::right, false, 2},
               {"UNDO"}},
              {},
              "no hooks ran"};
  for (const auto& hook : record.hooks) {
    const Cell outcome = hook.outcome
                             ? Cell(core::printable(drain::describe(*hook.outcome), 200), tone_of(*hook.outcome))
                             : Cell(hook.started ? "not over" : "not reached", Tone::warn);
    const bool timed = hook.started && hook.ended, planned = hook.plan.stop_by > record.started_boot;
    const std::string plan = planned ? between(record.started_boot, hook.plan.start_by, hook.plan.stop_by) : "";
    const Cell undo = hook.undo ? Cell(core::printable(drain::describe(*hook.undo), 100), tone_of(*hook.undo)) : Cell();
    table.rows.push_back({std::to_string(hook.plan.hook.stage), shown(hook.plan.hook.name), outcome,
                          hook.plan.starts ? plan : "not at all",
                          timed ? between(record.started_boot, *hook.started, *hook.ended) : "",
                          std::to_string(hook.attempts), undo});
  }
  return table;
}

std::string sentence_of(const drain::JournalEntry& entry, BootTime start) {
  return std::visit(Teller{start}, entry.body);
}

}  // namespace preemptd::cli
