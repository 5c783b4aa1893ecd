#include "node/report_events.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/event_types.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "core/version.h"

namespace preemptd::node {
namespace {

/// A report is for reading at a glance; the record keeps the whole output.
constexpr std::size_t kOutputShown = 2048;
constexpr std::size_t kHooksShown = 100;

std::string as_id(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'); },
      '_');
  return text;
}

core::Json notice_data(const core::Notice& notice) {
  core::Json data = core::parse_json(core::to_json_text(notice)).value_or(core::Json::object());
  for (const char* inner : {"version", "deadline_boot_ms", "seen_at_boot_ms", "boot_id"}) data.erase(inner);
  return data;
}

void shorten_output(core::Json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.size() > kOutputShown) text = "…" + text.substr(text.size() - kOutputShown);
  } else if (value.is_structured()) {
    for (auto& inner : value) shorten_output(inner);
  }
}

/// A plan of hundreds of hooks would not fit into an event; the record has all of it.
void shorten_plan(core::Json& data) {
  if (!data.contains("hooks")) return;
  core::Json shown = core::Json::array();
  for (const auto& hook : data["hooks"]) {
    if (shown.size() == kHooksShown) break;
    core::Json entry = core::Json::object();
    for (const char* name : {"name", "stage", "standing", "reason", "starts"})
      entry[name] = core::member_at(hook, name);
    shown.push_back(std::move(entry));
  }
  data["hooks_count"] = data["hooks"].size();
  data["hooks"] = std::move(shown);
  data.erase("notice");
}

/// Names of the hooks for which `matches`.
template <typename Matches>
core::Json hooks_that(const std::optional<drain::Record>& record, Matches matches) {
  core::Json names = core::Json::array();
  for (const auto& hook : record ? record->hooks : std::vector<drain::HookRecord>{})
    if (matches(hook) && names.size() < kHooksShown) names.push_back(hook.plan.hook.name);
  return names;
}

bool failed(const drain::HookOutcome& outcome) {
  return outcome.ending != drain::Ending::ok && outcome.ending != drain::Ending::skipped && !not_needed(outcome);
}

void name_hooks(core::Json& data, std::string_view type, const std::optional<drain::Record>& record) {
  const bool undo = type == "undo.finished";
  if (!undo && type != "drain.finished") return;
  data["failed_hooks"] = hooks_that(record, [&](const drain::HookRecord& hook) {
    const auto& outcome = undo ? hook.undo : hook.outcome;
    return outcome && failed(*outcome);
  });
  if (undo) return;
  data["not_needed_hooks"] =
      hooks_that(record, [](const drain::HookRecord& hook) { return hook.outcome && not_needed(*hook.outcome); });
  data["second_turn_hooks"] = hooks_that(record, [](const drain::HookRecord& hook) { return hook.turn > 1; });
}

report::CloudEvent event_of(std::string_view type, std::string id, const core::Identity& instance,
                            const core::Json& data, core::WallTime at) {
  return {as_id(std::move(id)),
          "preemptd." + std::string(type),
          report::source_of(instance.region_id, instance.instance_id),
          instance.instance_id,
          at,
          core::dump_json(data)};
}

}  // namespace

report::CloudEvent notice_event(std::string_view type, const core::Notice& notice, core::WallTime now) {
  std::string id = notice.id + "-" + std::string(type);
  if (type == "notice.moved") id += "-" + core::format_utc_compact(notice.termination_time);
  return event_of(type, std::move(id), notice.instance, notice_data(notice), now);
}

report::CloudEvent sources_event(std::string_view type, const core::Notice& notice, core::Source announced,
                                 core::Millis lasts, core::WallTime now) {
  core::Json data = notice_data(notice);
  data["announced_by"] = core::name_of(announced);
  data["lasts_ms"] = lasts.count();
  std::string id = notice.id + "-" + std::string(type) + "-" + std::string(core::name_of(announced));
  return event_of(type, std::move(id), notice.instance, data, now);
}

report::CloudEvent agent_event(std::string_view type, const core::Identity& instance, core::WallTime now) {
  const core::Json data{{"instance_id", instance.instance_id},
                        {"region_id", instance.region_id},
                        {"zone_id", instance.zone_id},
                        {"instance_type", instance.instance_type},
                        {"agent_version", core::version()}};
  const std::string node = instance.instance_id.empty() ? "unknown-instance" : instance.instance_id;
  return event_of(type, node + "-" + std::string(type) + "-" + core::format_utc_compact(now), instance, data, now);
}

report::CloudEvent unfinished_event(const core::Notice& notice, const std::optional<drain::Record>& record,
                                    core::Millis left, core::WallTime now) {
  int ok = 0, skipped = 0, failed = 0;
  core::Json running = core::Json::array(), waiting = core::Json::array();
  for (const auto& hook : record ? record->hooks : std::vector<drain::HookRecord>{}) {
    if (!hook.outcome) {
      core::Json& names = hook.started ? running : waiting;
      if (names.size() < kHooksShown) names.push_back(hook.plan.hook.name);
      continue;
    }
    if (hook.outcome->ending == drain::Ending::ok) ++ok;
    if (hook.outcome->ending == drain::Ending::skipped) ++skipped;
    if (node::failed(*hook.outcome)) ++failed;
  }
  const core::Json data{{"notice_id", notice.id},      {"rehearsal", notice.rehearsal},
                        {"begun", record.has_value()}, {"ok", ok},
                        {"skipped", skipped},          {"failed", failed},
                        {"running", running},          {"waiting", waiting},
                        {"left_ms", left.count()}};
  std::string id = notice.id + "-drain.unfinished-" + core::format_utc_compact(notice.termination_time);
  return event_of("drain.unfinished", std::move(id), notice.instance, data, now);
}

std::optional<report::CloudEvent> journal_event(const core::Notice& notice, const drain::JournalEntry& entry,
                                                const std::optional<drain::Record>& record) {
  // A line of the journal is its checksum, a blank, and the payload.
  core::Json data = core::parse_json(core::trim(drain::encode(entry)).substr(9)).value_or(core::Json::object());
  const std::string type = core::string_at(data, "type").value_or("");
  const auto* reported = core::find_event_type("preemptd." + type);
  if (reported == nullptr || !reported->from_journal) return std::nullopt;

  std::string id = notice.id + "-" + type;
  for (const char* part : {"event", "hook"})
    if (const auto text = core::string_at(data, part)) id += "-" + *text;
  if (const auto attempt = core::integer_at(data, "attempt")) id += "-" + std::to_string(*attempt);

  shorten_output(data);
  shorten_plan(data);
  name_hooks(data, type, record);
  data["notice_id"] = notice.id;
  data["rehearsal"] = notice.rehearsal;
  return event_of(type, std::move(id), notice.instance, data, entry.at);
}

}  // namespace preemptd::node
