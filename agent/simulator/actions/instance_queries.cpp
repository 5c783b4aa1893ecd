#include <nlohmann/json.hpp>

#include "simulator/actions/instance_filter.h"
#include "simulator/actions/instance_json.h"
#include "simulator/api/dry_run.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"

namespace preemptd::simulator {

ActionResult<core::Json> describe_instances(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto matching = filtered_instances(world, read);
  Page page = page_of(read, matching, {10, 100, 10});
  const bool dry_run = read.flag("DryRun");
  if (read.error()) return tl::unexpected(*read.error());
  if (dry_run) return dry_run_passed();
  core::Json list = core::Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(instance_json(*matching[page.first + i], call.moment));
  page.head["Instances"] = {{"Instance", std::move(list)}};
  return page.head;
}

ActionResult<core::Json> describe_instance_status(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const std::string zone = read.text("ZoneId");
  auto matching = chosen_instances(world, read.text("RegionId"), read.list("InstanceId"));
  std::erase_if(matching, [&](const Instance* instance) { return !zone.empty() && instance->zone != zone; });
  Page page = page_of(read, matching, {1, 50, 10});
  if (read.error()) return tl::unexpected(*read.error());
  core::Json list = core::Json::array();
  for (std::size_t i = 0; i < page.count; ++i) {
    const Instance& instance = *matching[page.first + i];
    list.push_back({{"InstanceId", instance.id}, {"Status", name_of(instance.status)}});
  }
  page.head.erase("NextToken");
  page.head["InstanceStatuses"] = {{"InstanceStatus", std::move(list)}};
  return page.head;
}

ActionResult<core::Json> describe_instance_attribute(World& world, const ActionCall& call) {
  const Instance* instance = world.fleet.find(ParameterReader(call).text("InstanceId"));
  if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  return instance_attribute_json(*instance, call.moment);
}

}  // namespace preemptd::simulator
