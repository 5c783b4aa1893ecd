#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/cloud/lists.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr const char* kInterruption = "Instance:PreemptibleInstanceInterruption";
const std::vector<std::string> kTypes{"SystemMaintenance.Reboot",
                                      "SystemMaintenance.Redeploy",
                                      "SystemMaintenance.Stop",
                                      "SystemFailure.Reboot",
                                      "SystemFailure.Redeploy",
                                      "SystemFailure.Stop",
                                      "SystemFailure.Delete",
                                      "InstanceFailure.Reboot",
                                      "InstanceExpiration.Stop",
                                      "InstanceExpiration.Delete",
                                      "AccountUnbalanced.Stop",
                                      "AccountUnbalanced.Delete",
                                      kInterruption};

struct Coded {
  const char* name;
  int code;
};

/// The numbers are illustrative; clients go by the name.
Json coded(const std::string& name, const std::vector<Coded>& codes) {
  const auto found = std::find_if(codes.begin(), codes.end(), [&](const Coded& each) { return name == each.name; });
  return {{"Name", name}, {"Code", found == codes.end() ? 0 : found->code}};
}

Json type_json(const SystemEvent& event) {
  const auto at = std::find(kTypes.begin(), kTypes.end(), event.type);
  return {{"Name", event.type}, {"Code", at - kTypes.begin() + 1}};
}

Json cycle_json(const SystemEvent& event, core::WallTime now) {
  return coded(event.status(now), {{"Scheduled", 24}, {"Executed", 34}, {"Canceled", 35}});
}

Json scheduled_json(const SystemEvent& event, Moment moment) {
  return {
      {"EventId", event.id},
      {"EventType", type_json(event)},
      {"EventCycleStatus", cycle_json(event, moment.now)},
      {"EventPublishTime", core::format_utc(moment.shown(event.published))},
      {"NotBefore", core::format_utc(moment.shown(event.not_before))},
      {"ImpactLevel", "100"},
      {"Reason", "simulated"},
      {"ExtendedAttribute", {{"DiskId", ""}, {"Device", ""}, {"InactiveDisks", {{"InactiveDisk", Json::array()}}}}}};
}

Json history_json(const SystemEvent& event, Moment moment) {
  const bool over = event.cancelled || moment.now >= event.not_before;
  Json out = scheduled_json(event, moment);
  out["InstanceId"] = event.instance;
  out["ResourceType"] = "instance";
  out["ReasonCode"] = "";
  out["EventFinishTime"] = over ? core::format_utc(moment.shown(std::min(event.not_before, moment.now))) : "";
  out["ExtendedAttribute"]["CanAccept"] = "false";
  out["ExtendedAttribute"]["MigrationOptions"] = {{"MigrationOption", Json::array()}};
  return out;
}

bool chosen(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || contains(wanted, value);
}

ActionResult<core::WallTime> event_time(ParameterReader& read, core::WallTime now) {
  const auto asked = read.time("NotBefore");
  if (read.error()) return tl::unexpected(*read.error());
  if (*asked < now) return deny(403, "InvalidNotBefore.Passed", "The specified NotBefore has passed.");
  return std::chrono::ceil<core::Seconds>(*asked);
}

/// What the platform really does: a reclaim, a stop or a restart. The other types can only be pretended.
void carry_out(World& world, Instance& instance, const std::string& type, core::WallTime at) {
  static const std::vector<std::string> kRestarts{"SystemMaintenance.Reboot", "SystemMaintenance.Redeploy",
                                                  "SystemFailure.Reboot", "InstanceFailure.Reboot"};
  if (type == kInterruption && instance.is_spot()) {
    Reclaim notice;
    notice.at = at;
    notice.stop = instance.stop_when_reclaimed;
    world.fleet.reclaim(instance, notice);
  }
  const bool restarts = contains(kRestarts, type);
  if (restarts || type == "SystemMaintenance.Stop") world.fleet.maintain(instance, {at, restarts});
}

}  // namespace

/// With TriggerRealOps the interruption of a spot instance is a real reclaim, lock and metadata included.
ActionResult<Json> create_simulated_system_events(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.list("InstanceId", SIZE_MAX);
  if (ids.size() > 100) return deny(403, "InstanceIdLimitExceeded", "No more than 100 InstanceIds may be specified.");
  const std::string type = read.word("EventType", kTypes, "");
  const bool real = read.flag("TriggerRealOps");
  const auto at = event_time(read, call.moment.now);
  if (!at) return tl::unexpected(at.error());
  if (read.error()) return tl::unexpected(*read.error());
  for (const auto& id : ids) {
    if (world.fleet.find(id) == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  }
  Json list = Json::array();
  for (const auto& id : ids) {
    SystemEvent event;
    event.id = world.new_id("e");
    event.instance = id;
    event.region = read.text("RegionId");
    event.type = type;
    event.published = call.moment.now;
    event.not_before = *at;
    Instance& instance = *world.fleet.find(id);
    if (real) carry_out(world, instance, type, *at);
    list.push_back(world.events.add(std::move(event)).id);
  }
  return Json{{"EventIdSet", {{"EventId", std::move(list)}}}};
}

ActionResult<Json> cancel_simulated_system_events(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.list("EventId");
  if (read.error()) return tl::unexpected(*read.error());
  for (const auto& id : ids) {
    if (world.events.find(id) == nullptr) return not_found("EventId", "InvalidEventId.NotFound");
  }
  for (const auto& id : ids) {
    SystemEvent& event = *world.events.find(id);
    if (event.status(call.moment.now) != "Scheduled") continue;
    event.cancelled = true;
    Instance* instance = world.fleet.find(event.instance);
    if (instance == nullptr) continue;
    if (event.type == kInterruption) world.fleet.withdraw(*instance);
    if (event.type != kInterruption) instance->maintenance.reset();
  }
  return Json::object();
}

ActionResult<Json> describe_instances_full_status(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.list("InstanceId", SIZE_MAX), events = read.list("EventId", SIZE_MAX);
  if (ids.size() > 100) return deny(403, "InstanceIdLimitExceeded", "No more than 100 InstanceIds may be specified.");
  if (events.size() > 100) return deny(403, "EventIdLimitExceeded", "No more than 100 EventIds may be specified.");
  auto types = read.list("InstanceEventType", 30);
  if (read.has("EventType")) types.push_back(read.text("EventType"));
  const std::string status = read.text("Status");
  std::map<std::string, Json> scheduled;
  for (const auto& [sequence, event] : world.events.newest_first()) {
    if (event->status(call.moment.now) != "Scheduled" || !chosen(events, event->id) || !chosen(types, event->type))
      continue;
    Json& list = scheduled[event->instance];
    if (list.is_null()) list = Json::array();
    list.push_back(scheduled_json(*event, call.moment));
  }
  std::vector<const Instance*> matching;
  for (const auto& [sequence, instance] : world.fleet.in_region(read.text("RegionId"))) {
    const bool by_event = (events.empty() && types.empty()) || scheduled.contains(instance->id);
    if (by_event && chosen(ids, instance->id) && (status.empty() || name_of(instance->status) == status))
      matching.push_back(instance);
  }
  Page page = page_of(read, matching, {1, 100, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) {
    const Instance& instance = *matching[page.first + i];
    const auto found = scheduled.find(instance.id);
    list.push_back(
        {{"InstanceId", instance.id},
         {"Status", coded(std::string(name_of(instance.status)),
                          {{"Pending", 0}, {"Running", 1}, {"Starting", 2}, {"Stopping", 3}, {"Stopped", 4}})},
         {"HealthStatus", coded(found == scheduled.end() ? "Ok" : "Maintaining", {{"Ok", 0}, {"Maintaining", 64}})},
         {"ScheduledSystemEventSet",
          {{"ScheduledSystemEventType", found == scheduled.end() ? Json::array() : found->second}}}});
  }
  page.head.erase("NextToken");
  page.head["InstanceFullStatusSet"] = {{"InstanceFullStatusType", std::move(list)}};
  return page.head;
}

ActionResult<Json> describe_instance_history_events(World& world, const ActionCall& call) {
  ParameterReader read(call);
  auto ids = read.list("ResourceId");
  if (read.has("InstanceId")) ids.push_back(read.text("InstanceId"));
  const auto events = read.list("EventId"), types = read.list("InstanceEventType", 30);
  auto states = read.list("InstanceEventCycleStatus");
  if (read.has("EventCycleStatus")) states.push_back(read.text("EventCycleStatus"));
  if (states.empty()) states = {"Avoided", "Executed", "Canceled", "Failed"};
  std::vector<const SystemEvent*> matching;
  for (const auto& [sequence, event] : world.events.newest_first()) {
    if (event->region != read.text("RegionId") || !chosen(ids, event->instance) || !chosen(events, event->id)) continue;
    if (chosen(types, event->type) && chosen(states, event->status(call.moment.now))) matching.push_back(event);
  }
  Page page = page_of(read, matching, {10, 100, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(history_json(*matching[page.first + i], call.moment));
  page.head["InstanceSystemEventSet"] = {{"InstanceSystemEventType", std::move(list)}};
  return page.head;
}

}  // namespace preemptd::simulator
