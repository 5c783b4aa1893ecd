#include "report/sinks/cloud_sinks.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::report {
namespace {

using core::Json;

constexpr std::string_view kTagNames[] = {"state", "notice", "result"};
/// Longest value of a tag.
constexpr std::size_t kTagValueLimit = 128;

using Tags = std::vector<std::pair<std::string, std::string>>;

std::string result_text(const Json& data) {
  const auto count = [&](const char* name) { return std::to_string(core::integer_at(data, name).value_or(0)); };
  return count("ok") + " ok, " + count("skipped") + " skipped, " + count("failed") + " failed";
}

/// "state", "notice" and "result" as this event leaves them; empty: it says nothing about them.
Tags tags_after(const CloudEvent& event, const Json& data) {
  if (event.type == "preemptd.notice.seen" || event.type == "preemptd.notice.moved") {
    return {{"state", "reclaiming"}, {"notice", core::string_at(data, "termination_time").value_or("")}};
  }
  if (event.type == "preemptd.drain.started") return {{"state", "draining"}};
  if (event.type == "preemptd.drain.unfinished")
    return {{"state", "draining"}, {"result", "unfinished: " + result_text(data)}};
  if (event.type == "preemptd.drain.finished") return {{"state", "drained"}, {"result", result_text(data)}};
  return {};
}

bool takes_tags_off(const CloudEvent& event) {
  return event.type == "preemptd.notice.withdrawn" || event.type == "preemptd.undo.finished";
}

/// What is left to do for several events, once the later ones have overruled the earlier.
struct TagChange {
  const CloudEvent* last = nullptr;  ///< of those that change tags; null: none does
  bool off = false;                  ///< all come off first
  std::map<std::string, std::string> set;
};

TagChange change_by(const std::vector<CloudEvent>& events) {
  TagChange change;
  for (const CloudEvent& event : events) {
    const Json data = core::parse_json(event.data).value_or(Json::object());
    if (event.subject.empty() || region_of(event).empty() || core::bool_at(data, "rehearsal").value_or(false)) continue;
    const bool off = takes_tags_off(event);
    const Tags tags = tags_after(event, data);
    if (!off && tags.empty()) continue;
    change.last = &event;
    if (off) change = {&event, true, {}};
    for (const auto& [name, value] : tags) change.set[name] = value;
  }
  return change;
}

ecs::Call on_instance(std::string action, const CloudEvent& event) {
  ecs::Call call;
  call.action = std::move(action);
  call.parameters = {{"RegionId", region_of(event)}, {"ResourceType", "instance"}, {"ResourceId.1", event.subject}};
  return call;
}

/// CloudMonitor's own form of time, always UTC here: 20171013T090923.456+0000.
std::string custom_event_time(core::WallTime time) {
  const std::string millis = core::format_utc_millis(time);  // …T18:02:00.123Z
  const std::string compact = core::format_utc_compact(time);
  return compact.substr(0, compact.size() - 1) + millis.substr(millis.size() - 5, 4) + "+0000";
}

}  // namespace

std::string region_of(const CloudEvent& event) {
  constexpr std::string_view kScheme = "preemptd://";
  if (!event.source.starts_with(kScheme)) return "";
  const std::string rest = event.source.substr(kScheme.size());
  const std::string region = rest.substr(0, rest.find('/'));
  return region == "unknown" ? "" : region;
}

std::vector<ecs::Call> tag_calls(const std::string& prefix, const std::vector<CloudEvent>& events) {
  const TagChange change = change_by(events);
  std::vector<ecs::Call> calls;
  int number = 0;
  if (change.off) {
    ecs::Call& call = calls.emplace_back(on_instance("UntagResources", *change.last));
    for (const auto name : kTagNames)
      call.parameters["TagKey." + std::to_string(++number)] = prefix + ":" + std::string(name);
  }
  if (change.set.empty()) return calls;
  ecs::Call& call = calls.emplace_back(on_instance("TagResources", *change.last));
  number = 0;
  for (const auto name : kTagNames) {
    const auto value = change.set.find(std::string(name));
    if (value == change.set.end()) continue;
    const std::string tag = "Tag." + std::to_string(++number);
    call.parameters[tag + ".Key"] = prefix + ":" + value->first;
    call.parameters[tag + ".Value"] = core::printable(value->second, kTagValueLimit - 3);
  }
  return calls;
}

ecs::Call custom_event_call(int group_id, const CloudEvent& event, const Remarks& remarks) {
  ecs::Call call;
  call.product = ecs::kCloudMonitor;
  call.action = "PutCustomEvent";
  call.parameters = {{"EventInfo.1.EventName", event.type},
                     {"EventInfo.1.Time", custom_event_time(event.time)},
                     {"EventInfo.1.GroupId", std::to_string(group_id)},
                     {"EventInfo.1.Content", to_structured(event, remarks)}};
  return call;
}

DeliveryOutcome outcome_of(const ecs::Result<ecs::Response>& answer) {
  if (answer) return DeliveryOutcome::delivered("request " + answer->request_id);
  const ecs::Failure& failure = answer.error();
  const std::string detail = core::describe(failure.error);
  if (failure.server && ecs::is_not_found(*failure.server)) return DeliveryOutcome::permanent(detail);
  switch (failure.error.code) {
    case core::ErrorCode::refused:
    case core::ErrorCode::bad_input: return DeliveryOutcome::permanent(detail);
    case core::ErrorCode::unreachable:
    case core::ErrorCode::timed_out:
    case core::ErrorCode::untrusted:
    case core::ErrorCode::throttled:
    case core::ErrorCode::denied:
    case core::ErrorCode::bad_reply:
    case core::ErrorCode::local:
    case core::ErrorCode::cancelled: break;
  }
  return DeliveryOutcome::retry(detail, failure.server ? failure.server->retry_after : std::nullopt);
}

DeliveryOutcome TagSink::deliver(const Delivery& delivery) {
  auto events = delivery.remarks.merged;
  events.push_back(delivery.event);
  DeliveryOutcome outcome = DeliveryOutcome::delivered("changes no tag");
  for (const auto& call : tag_calls(prefix_, events)) {
    outcome = outcome_of(call_(call.parameters.at("RegionId"), call, delivery.by));
    if (outcome.kind != DeliveryOutcome::Kind::delivered) return outcome;
  }
  return outcome;
}

DeliveryOutcome CloudMonitorSink::deliver(const Delivery& delivery) {
  const auto answer =
      call_(region_of(delivery.event), custom_event_call(group_id_, delivery.event, delivery.remarks), delivery.by);
  if (answer) {
    // CloudMonitor also says no inside an HTTP 200.
    const std::string code = answer->json.root().at("Code").text_or_empty();
    if (!code.empty() && code != "200") {
      return DeliveryOutcome::retry(
          "CloudMonitor says " + core::printable(code + ": " + answer->json.root().at("Message").text_or_empty(), 200));
    }
  }
  return outcome_of(answer);
}

}  // namespace preemptd::report
