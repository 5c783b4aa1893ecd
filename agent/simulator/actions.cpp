#include "simulator/actions.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/text.h"
#include "simulator/handlers.h"

namespace preemptd::simulator {
namespace {

const std::vector<Action>& table() {
  static const std::vector<Action> kTable{
      {"DescribeInstances", kEcs, describe_instances, "RegionId"},
      {"DescribeInstanceStatus", kEcs, describe_instance_status, "RegionId"},
      {"DescribeInstanceAttribute", kEcs, describe_instance_attribute, "InstanceId"},
      {"TagResources", kEcs, tag_resources, "RegionId ResourceType ResourceId Tag"},
      {"GetCallerIdentity", kSts, get_caller_identity},
  };
  return kTable;
}

}  // namespace

const std::vector<Action>& all_actions() { return table(); }

const Action* find_action(std::string_view name, std::string_view version) {
  static const auto kByName = [] {
    std::unordered_map<std::string, const Action*> index;
    for (const auto& action : table()) {
      for (const auto each : core::split(action.versions, ' ')) index[std::string(action.name) + "/" + std::string(each)] = &action;
    }
    return index;
  }();
  const auto found = kByName.find(std::string(name) + "/" + std::string(version));
  return found == kByName.end() ? nullptr : found->second;
}

std::string_view product_of(std::string_view version) {
  if (version == kEcs) return "ecs";
  if (version == kVpc) return "vpc";
  if (version == kSts) return "sts";
  return version == kCms ? "cms" : "";
}

}  // namespace preemptd::simulator
