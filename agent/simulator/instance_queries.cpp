#include <nlohmann/json.hpp>
#include <set>

#include "simulator/handlers.h"
#include "simulator/instance_filter.h"
#include "simulator/instance_json.h"
#include "simulator/paging.h"

namespace preemptd::simulator {
namespace {

constexpr const char* kDryRunPassed = "Request validation has been passed with DryRun flag set.";

}  // namespace

Answer<core::Json> describe_instances(World& world, const Call& call) {
  Reader read(call);
  const auto matching = filtered_instances(world, read);
  Page page = page_of(read, matching, {10, 100, 10});
  const bool dry_run = read.flag("DryRun");
  if (read.error()) return tl::unexpected(*read.error());
  if (dry_run) return deny(400, "DryRunOperation", kDryRunPassed);
  core::Json list = core::Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(instance_json(*matching[page.first + i], call.moment));
  page.head["Instances"] = {{"Instance", std::move(list)}};
  return page.head;
}

Answer<core::Json> describe_instance_status(World& world, const Call& call) {
  Reader read(call);
  const std::string region = read.text("RegionId"), zone = read.text("ZoneId");
  const auto wanted = read.list("InstanceId");
  const std::set<std::string> ids(wanted.begin(), wanted.end());
  std::vector<const Instance*> matching;
  for (const auto& [sequence, instance] : world.fleet.in_region(region)) {
    const bool chosen = ids.empty() || ids.contains(instance->id);
    if (chosen && (zone.empty() || instance->zone == zone)) matching.push_back(instance);
  }
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

Answer<core::Json> describe_instance_attribute(World& world, const Call& call) {
  const Instance* instance = world.fleet.find(Reader(call).text("InstanceId"));
  if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  return instance_attribute_json(*instance, call.moment);
}

}  // namespace preemptd::simulator
