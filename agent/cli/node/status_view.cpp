#include "cli/node/status_view.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "core/drain_verdict.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

using core::member_at;

std::string text_at(const Json& object, std::string_view name) {
  return core::printable(core::string_at(object, name).value_or(""), 300);
}

std::int64_t number_or_zero(const Json& object, std::string_view name) {
  return core::integer_at(object, name).value_or(0);
}

std::optional<core::WallTime> time_at(const Json& object, std::string_view name) {
  return core::parse_utc(core::string_at(object, name).value_or(""));
}

/// Of a running agent there may be a newer answer than the file knows; if that had failed, the file would say so.
Cell source_cell(const Json& source, bool running, core::WallTime written, core::WallTime now) {
  if (!core::bool_at(source, "enabled").value_or(true)) return {"switched off", Tone::faint};
  const auto age = core::integer_at(source, "last_good_age_ms");
  const auto& trouble = member_at(source, "trouble");
  const auto since = spoken(std::max<std::int64_t>(0, (now - written).count() + age.value_or(0)));
  const std::string last = !age                           ? "no good answer yet"
                           : running && trouble.is_null() ? "last good answer within the last " + since
                                                          : "last good answer " + since + " ago";
  if (trouble.is_null()) return {last, age ? Tone::good : Tone::warn};
  return {text_at(trouble, "text") + "; " + last, Tone::bad};
}

Cell credentials_cell(const Json& status) {
  const auto word = text_at(status, "credentials");
  if (word == "ram_role") return {"the instance's RAM role", Tone::good};
  if (word == "environment") return {"keys in the environment", Tone::good};
  if (word == "none") return {"none: attach a RAM role to the instance (preemptctl policy)", Tone::bad};
  return {word == "not_used" ? "not used" : "not asked for yet", Tone::faint};
}

Cell hooks_cell(const Json& hooks) {
  const auto ok = number_or_zero(hooks, "ok");
  const auto unusable = number_or_zero(hooks, "unusable");
  const auto ignored = number_or_zero(hooks, "ignored");
  std::string text = std::to_string(ok) + " ready";
  if (unusable > 0) text += ", " + std::to_string(unusable) + " unusable (see: preemptctl hooks list)";
  if (ignored > 0) text += ", " + std::to_string(ignored) + " ignored";
  if (const auto verdict = text_at(hooks, "verdict"); !verdict.empty()) text += "; " + verdict;
  const bool fits = core::bool_at(hooks, "fits").value_or(true);
  return {text, unusable > 0 || !fits ? Tone::bad : ok == 0 ? Tone::warn : Tone::plain};
}

Cell notice_cell(const Json& notice, core::WallTime written, core::WallTime now) {
  if (notice.is_null()) return {"none", Tone::faint};
  if (text_at(notice, "state") == "withdrawn") return {"withdrawn by the cloud", Tone::good};
  std::string sources;
  for (const auto& source : member_at(notice, "sources")) {
    if (source.is_string()) sources += (sources.empty() ? "" : ", ") + core::printable(source.get<std::string>(), 40);
  }
  const auto left = core::integer_at(notice, "left_ms").value_or(0) - (now - written).count();
  const std::string when = left > 0 ? spoken(left) + " left" : "its time is over";
  return {"this instance goes at " + text_at(notice, "termination_time") + ", " + when + " (" + sources + ")",
          Tone::bad};
}

Cell reports_cell(const Json& reports) {
  const auto waiting = number_or_zero(reports, "waiting");
  std::string text = waiting == 0 ? "all delivered" : std::to_string(waiting) + " waiting";
  Tone tone = waiting == 0 ? Tone::plain : Tone::warn;
  const auto& sinks = member_at(reports, "sinks");
  if (sinks.is_array() && sinks.empty()) return {"go nowhere: no sink is configured", Tone::warn};
  for (const auto& sink : sinks) {
    if (number_or_zero(sink, "failures") == 0 && !core::bool_at(sink, "gone").value_or(false)) continue;
    text += "; " + text_at(sink, "name") + (core::bool_at(sink, "gone").value_or(false) ? " is gone" : " fails");
    if (const auto last = text_at(sink, "last"); !last.empty()) text += " (" + core::printable(last, 120) + ")";
    tone = Tone::bad;
  }
  return {text, tone};
}

bool is_open(const std::string& outcome) {
  return outcome == "running" || outcome == "waiting";
}

bool is_bad(const std::string& outcome) {
  return !is_open(outcome) && outcome != "ok" && outcome != "skipped" && outcome != "not_needed";
}

/// A drain that has not ended, as the file shows it.
core::DrainResult result_in(const Json& drain) {
  core::DrainResult result;
  for (const auto& hook : member_at(drain, "hooks")) {
    const auto outcome = text_at(hook, "outcome");
    ++result.hooks;
    if (outcome == "running") ++result.running;
    if (is_open(outcome)) continue;
    ++result.over;
    if (outcome == "skipped" || outcome == "not_needed") ++result.skipped;
    if (!is_bad(outcome)) continue;
    ++result.failed;
    result.failed_names.push_back(text_at(hook, "hook"));
  }
  return result;
}

Cell drain_cell(const Json& drain) {
  if (drain.is_null()) return {"none", Tone::faint};
  const core::DrainResult result = result_in(drain);
  const auto verdict = text_at(drain, "verdict");
  std::string text = text_at(drain, "state");
  if (result.hooks > 0 || !verdict.empty()) text += ": " + (verdict.empty() ? core::hooks_progress(result) : verdict);
  if (const auto backend = text_at(drain, "backend"); !backend.empty()) text += "; trees killed by " + backend;
  return {text + " (preemptctl records show " + text_at(drain, "id") + ")",
          result.failed > 0 ? Tone::bad : Tone::plain};
}

Cell agent_cell(const Json& status, bool running, core::WallTime now) {
  const auto version = text_at(status, "agent_version");
  const auto started = time_at(status, "started_at");
  if (!running) return {"not running; what follows is the last it wrote", Tone::bad};
  std::string text = "preemptd " + version + ", " + text_at(status, "phase");
  if (started) text += ", up for " + spoken((now - *started).count());
  return {text, core::bool_at(status, "blind").value_or(false) ? Tone::bad : Tone::good};
}

std::string changed_words(const Json& files) {
  std::string text = "changed since they were read: ";
  const std::size_t shown = std::min<std::size_t>(files.size(), 3);
  for (std::size_t i = 0; i < shown; ++i)
    if (files[i].is_string()) text += (i > 0 ? ", " : "") + core::printable(files[i].get<std::string>(), 120);
  if (files.size() > shown) text += " and " + std::to_string(files.size() - shown) + " more";
  return text + " (systemctl reload preemptd)";
}

ChartRow lane_of(const Json& hook, core::WallTime start, core::WallTime now) {
  const auto outcome = text_at(hook, "outcome");
  ChartRow lane{text_at(hook, "hook"), Tone::bad, {}, outcome};
  if (!is_bad(outcome)) lane.tone = Tone::plain;
  if (outcome == "ok") lane.tone = Tone::good;
  const auto started = time_at(hook, "started_at");
  if (!started || *started < start) return lane;
  const core::Millis took = outcome == "running" ? now - *started : core::Millis(number_or_zero(hook, "took_ms"));
  lane.spans.push_back({*started - start, *started - start + took, Fill::run});
  lane.note += " " + spoken(took.count());
  return lane;
}

Cell drain_verdict(const Json& status, const Json& drain, const core::DrainResult& result, std::int64_t since_written) {
  const Tone tone = result.failed == 0 ? Tone::good : Tone::bad;
  if (text_at(drain, "state") == "finished" && !text_at(drain, "verdict").empty())
    return {text_at(drain, "verdict"), tone};
  const auto left = number_or_zero(member_at(status, "notice"), "left_ms") - since_written;
  return {"draining: " + core::hooks_progress(result) + "; " + (left > 0 ? spoken(left) + " left" : "its time is over"),
          tone};
}

/// What somebody woken at night reads first.
Cell verdict_cell(const Json& status, bool running, std::int64_t since_written) {
  const auto& notice = member_at(status, "notice");
  const auto& drain = member_at(status, "drain");
  const bool pending = !notice.is_null() && text_at(notice, "state") == "pending";
  switch (health_of(status, running)) {
    case Health::not_running: return {"preemptd does not run: a reclaim would not be seen", Tone::bad};
    case Health::blind: return {"blind: no source answers, a reclaim would not be seen", Tone::bad};
    case Health::no_drain: return {"a reclaim would be seen, and nobody would drain", Tone::bad};
    case Health::watching: break;
  }
  if (pending && !drain.is_null() && text_at(drain, "state") != "waiting")
    return drain_verdict(status, drain, result_in(drain), since_written);
  if (pending) return {"the cloud takes this instance back; no drain has begun", Tone::bad};
  return text_at(status, "phase") == "starting" ? Cell("starting: no source has answered yet", Tone::warn)
                                                : Cell("watching", Tone::good);
}

}  // namespace

Health health_of(const Json& status, bool running) {
  if (!running) return Health::not_running;
  if (core::bool_at(status, "blind").value_or(false)) return Health::blind;
  return core::string_at(status, "no_drain") ? Health::no_drain : Health::watching;
}

Table status_table(const Json& status, bool running, core::WallTime now) {
  const auto written = time_at(status, "written_at").value_or(now);
  const auto& sources = member_at(status, "sources");
  const auto& instance = member_at(status, "instance");
  const auto id = text_at(instance, "instance_id");
  Table table{{{"WHAT"}, {"STATE"}}, {}, "", false};
  auto fact = [&](const char* name, Cell cell) { table.rows.push_back({Cell(name, Tone::strong), std::move(cell)}); };
  fact("verdict", verdict_cell(status, running, (now - written).count()));
  fact("agent", agent_cell(status, running, now));
  fact("instance", id.empty()
                       ? Cell("not known yet", Tone::warn)
                       : Cell(id + "  " + text_at(instance, "instance_type") + "  " + text_at(instance, "zone_id")));
  fact("metadata", source_cell(member_at(sources, "metadata"), running, written, now));
  fact("operation lock", source_cell(member_at(sources, "operation-lock"), running, written, now));
  fact("credentials", credentials_cell(status));
  fact("notice", notice_cell(member_at(status, "notice"), written, now));
  const bool draining = text_at(status, "phase") == "draining";
  if (!draining) fact("hooks", hooks_cell(member_at(status, "hooks")));  // the usual window says nothing of this one
  fact(member_at(status, "notice").is_null() ? "last drain" : "drain", drain_cell(member_at(status, "drain")));
  fact("reports", reports_cell(member_at(status, "reports")));
  const auto no_drain = text_at(status, "no_drain");
  if (!no_drain.empty()) fact("DRAIN", {no_drain, Tone::bad});
  if (const auto& apart = member_at(status, "sources_disagree"); apart.is_object())
    fact("sources", {text_at(apart, "announced_by") + " announces a notice that the other source has denied for " +
                         spoken(number_or_zero(apart, "lasts_ms")),
                     Tone::warn});
  if (const auto& files = member_at(status, "changed_files"); files.is_array() && !files.empty())
    fact("settings", {changed_words(files), Tone::warn});
  for (const auto& fault : member_at(status, "faults")) {
    if (fault.is_string()) fact("fault", {core::printable(fault.get<std::string>(), 300), Tone::bad});
  }
  return table;
}

Timeline timeline_of(const Json& status, core::WallTime now) {
  const auto& notice = member_at(status, "notice");
  const auto seen = time_at(notice, "seen_at");
  const auto written = time_at(status, "written_at").value_or(now);
  if (!seen) return {};
  const core::Millis length = written - *seen + core::Millis(number_or_zero(notice, "left_ms"));
  Timeline timeline{std::max(core::Millis{1}, length), {}};
  for (const auto& hook : member_at(member_at(status, "drain"), "hooks"))
    timeline.lanes.push_back(lane_of(hook, *seen, now));
  return timeline;
}

}  // namespace preemptd::cli
