#include "cli/rehearsal/verdict.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/records/record_view.h"
#include "core/duration.h"
#include "core/text.h"
#include "node/drain_result.h"

namespace preemptd::cli {
namespace {

using core::Millis;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

bool lacked_time(const drain::HookOutcome& outcome) {
  return outcome.ending == drain::Ending::ran_out_of_time || outcome.ending == drain::Ending::unkillable ||
         outcome.cause == drain::Cause::no_time;
}

/// Hooks of this drain for which `matches`, the one added to hang left out.
std::vector<std::string> hooks_that(const Rehearsed& rehearsed, bool (*matches)(const drain::HookRecord&)) {
  std::vector<std::string> names;
  for (const auto& hook : rehearsed.record->hooks) {
    const bool added = hook.plan.hook.name == rehearsed.expected_to_run_out;
    if (!added && matches(hook)) names.push_back(core::printable(hook.plan.hook.name, 120));
  }
  return names;
}

/// A plan that does not fit fails, even where this time the hooks were quick: `hooks plan` says the same.
void judge_time(const Rehearsed& rehearsed, Verdict& verdict) {
  const auto& record = *rehearsed.record;
  const auto late =
      hooks_that(rehearsed, [](const drain::HookRecord& hook) { return hook.outcome && lacked_time(*hook.outcome); });
  const auto window = std::chrono::duration_cast<Millis>(record.started.deadline.at() - rehearsed.reclaim);
  if (!record.finished) {
    verdict.lines.push_back(
        {"does not fit: the drain was not over " + spoken(window.count()) + " after the reclaim", Tone::bad});
    return;
  }
  const auto margin = record.finished->margin;
  const bool in_time = late.empty() && margin.count() >= 0;
  verdict.fits = in_time && record.started.fits;
  if (in_time && !record.started.fits) {
    verdict.lines.push_back(
        {"was over in time, but the plan " + core::printable(record.started.verdict, 300), Tone::bad});
  } else if (in_time) {
    verdict.lines.push_back(
        {"fits: over with " + spoken(margin.count()) + " of " + spoken(window.count()) + " to spare", Tone::good});
  } else if (!late.empty()) {
    verdict.lines.push_back(
        {"does not fit: " + listed(late) + (late.size() == 1 ? " needs" : " need") + " more time than there was",
         Tone::bad});
  } else {
    verdict.lines.push_back({"does not fit: over " + spoken(-margin.count()) + " after the deadline", Tone::bad});
  }
}

void judge_hooks(const Rehearsed& rehearsed, Verdict& verdict) {
  const auto count = rehearsed.record->hooks.size() - (rehearsed.expected_to_run_out.empty() ? 0U : 1U);
  const auto bad = hooks_that(
      rehearsed, [](const drain::HookRecord& hook) { return !hook.outcome || !node::went_well(*hook.outcome); });
  verdict.succeeded = bad.empty();
  if (count == 0) {
    verdict.lines.push_back({"no hook runs: the end of this node would only be reported", Tone::warn});
  } else {
    core::DrainResult result;
    result.hooks = count;
    result.failed = bad.size();
    result.failed_names = bad;
    verdict.lines.push_back({core::hooks_verdict(result), bad.empty() ? Tone::good : Tone::bad});
  }
}

void judge_reports(const Rehearsed& rehearsed, Verdict& verdict) {
  const auto missing = missing_reports(*rehearsed.record, rehearsed.reports);
  verdict.reported = missing.empty();
  const std::string arrived = std::to_string(rehearsed.reports.size()) + " reports arrived at the webhook";
  if (missing.empty())
    verdict.lines.push_back({arrived + ", the last word among them", Tone::good});
  else
    verdict.lines.push_back({arrived + ", but not " + listed(missing), Tone::bad});
}

void judge_rest(const Rehearsed& rehearsed, Verdict& verdict) {
  for (const auto& what : rehearsed.survived)
    verdict.lines.push_back({"survived: " + what, verdict.passed() ? Tone::good : Tone::plain});
  for (const auto& what : rehearsed.faults_not_made) verdict.lines.push_back({"not tried: " + what, Tone::bad});
  for (const auto& what : rehearsed.real_gate_refuses)
    verdict.lines.push_back({"a real drain would refuse: " + what, Tone::warn});
}

}  // namespace

std::vector<std::string> missing_reports(const drain::Record& record, const std::vector<Received>& reports) {
  auto count = [&](std::string_view type) {
    return static_cast<std::size_t>(
        std::count_if(reports.begin(), reports.end(), [&](const Received& one) { return one.type == type; }));
  };
  std::vector<std::string> missing;
  for (const char* type : {"preemptd.notice.seen", "preemptd.drain.started", "preemptd.drain.finished"}) {
    if (count(type) == 0) missing.emplace_back(type);
  }
  if (count("preemptd.hook.finished") < record.hooks.size()) missing.emplace_back("preemptd.hook.finished");
  return missing;
}

Verdict judge(const Rehearsed& rehearsed) {
  Verdict verdict;
  verdict.complete = rehearsed.faults_not_made.empty() && !rehearsed.interrupted;
  if (rehearsed.interrupted) verdict.lines.push_back({"interrupted: this is as far as it came", Tone::bad});
  if (!rehearsed.record) {
    verdict.lines.push_back({"the drain never began", Tone::bad});
  } else {
    judge_time(rehearsed, verdict);
    judge_hooks(rehearsed, verdict);
    judge_reports(rehearsed, verdict);
  }
  judge_rest(rehearsed, verdict);
  return verdict;
}

Json as_json(const Rehearsed& rehearsed, const Verdict& verdict) {
  Json lines = Json::array(), reports = Json::array();
  for (const auto& line : verdict.lines) lines.push_back(line.text);
  for (const auto& report : rehearsed.reports) {
    const auto after = std::chrono::duration_cast<Millis>(report.at - rehearsed.reclaim);
    reports.push_back({{"type", report.type}, {"id", report.id}, {"after_ms", after.count()}});
  }
  return {{"passed", verdict.passed()},
          {"fits", verdict.fits},
          {"hooks_succeeded", verdict.succeeded},
          {"reported", verdict.reported},
          {"verdict", lines},
          {"notice_ms", rehearsed.notice.count()},
          {"speed", rehearsed.speed},
          {"survived", rehearsed.survived},
          {"not_tried", rehearsed.faults_not_made},
          {"real_gate_refuses", rehearsed.real_gate_refuses},
          {"reports", reports},
          {"record", rehearsed.record ? drain::to_json(*rehearsed.record) : Json(nullptr)}};
}

}  // namespace preemptd::cli
