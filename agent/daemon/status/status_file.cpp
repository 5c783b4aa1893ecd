#include "daemon/status/status_file.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "core/version.h"

namespace preemptd::daemon {
namespace {

std::string_view name_of(node::KeySource key) {
  switch (key) {
    case node::KeySource::not_asked: return "not_asked";
    case node::KeySource::environment: return "environment";
    case node::KeySource::ram_role: return "ram_role";
    case node::KeySource::none: return "none";
  }
  return "not_asked";
}

core::Json as_json(const SourceStatus& source) {
  core::Json json{{"enabled", source.enabled}, {"last_good_age_ms", nullptr},     {"good", source.good},
                  {"failed", source.failed},   {"unreadable", source.unreadable}, {"trouble", nullptr}};
  json["announces"] = source.announces;
  if (source.last_good_age) json["last_good_age_ms"] = source.last_good_age->count();
  if (source.trouble)
    json["trouble"] = {{"fault", core::name_of(source.trouble->code)},
                       {"text", core::redact(core::describe(*source.trouble))}};
  return json;
}

core::Json sinks_json(const std::vector<SinkStatus>& sinks) {
  core::Json list = core::Json::array();
  for (const auto& sink : sinks)
    list.push_back({{"name", sink.name},
                    {"owed", sink.owed},
                    {"failures", sink.failures},
                    {"gone", sink.gone},
                    {"last", core::redact(core::printable(sink.last, 300))}});
  return list;
}

core::Json notice_json(const Status& status) {
  if (!status.notice) return nullptr;
  core::Json json = core::parse_json(core::to_json_text(*status.notice)).value_or(core::Json::object());
  json["left_ms"] = status.left ? core::Json(status.left->count()) : core::Json(nullptr);
  return json;
}

core::Json disagreement_json(const Status& status) {
  if (!status.disagreement) return nullptr;
  return {{"announced_by", core::name_of(status.disagreement->announcing)},
          {"lasts_ms", status.disagreement->lasts.count()}};
}

core::Json as_json(const DrainStatus& drain) {
  core::Json hooks = core::Json::array();
  for (const auto& hook : drain.hooks) {
    hooks.push_back(
        {{"hook", hook.hook},
         {"event", hook.event},
         {"outcome", hook.outcome},
         {"started_at", hook.started_at ? core::Json(core::format_utc_millis(*hook.started_at)) : core::Json(nullptr)},
         {"took_ms", hook.took ? core::Json(hook.took->count()) : core::Json(nullptr)}});
  }
  return {{"id", drain.id},
          {"state", drain.state},
          {"margin_ms", drain.margin ? core::Json(drain.margin->count()) : core::Json(nullptr)},
          {"verdict", drain.verdict},
          {"backend", drain.backend},
          {"hooks", hooks}};
}

core::Json as_json(const HooksStatus& hooks) {
  return {{"ok", hooks.ok},
          {"unusable", hooks.unusable},
          {"ignored", hooks.ignored},
          {"fits", hooks.fits},
          {"verdict", hooks.verdict}};
}

}  // namespace

std::string to_json_text(const Status& s) {
  return core::dump_json_pretty(
      core::Json{{"version", 1},
                 {"agent_version", core::version()},
                 {"written_at", core::format_utc_millis(s.written_at)},
                 {"started_at", core::format_utc_millis(s.started_at)},
                 {"pid", s.pid},
                 {"line", s.line},
                 {"phase", s.phase},
                 {"instance",
                  {{"instance_id", s.instance.instance_id},
                   {"region_id", s.instance.region_id},
                   {"zone_id", s.instance.zone_id},
                   {"instance_type", s.instance.instance_type}}},
                 {"sources", {{"metadata", as_json(s.metadata)}, {"operation-lock", as_json(s.control)}}},
                 {"credentials", s.control.enabled ? name_of(s.key) : "not_used"},
                 {"clock_error_ms", s.clock_error.count()},
                 {"blind", s.blind},
                 {"sources_disagree", disagreement_json(s)},
                 {"longest_unseen_ms", s.longest_unseen.count()},
                 {"notice", notice_json(s)},
                 {"drain_started_by", s.drain_started_by},
                 {"no_drain", s.no_drain ? core::Json(core::printable(*s.no_drain, 300)) : core::Json(nullptr)},
                 {"changed_files", s.changed_files},
                 {"hooks", as_json(s.hooks)},
                 {"drain", s.drain ? as_json(*s.drain) : core::Json(nullptr)},
                 {"reports", {{"waiting", s.reports_waiting}, {"sinks", sinks_json(s.sinks)}}},
                 {"faults", s.faults}});
}

}  // namespace preemptd::daemon
