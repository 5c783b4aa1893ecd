#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/utc.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;
using core::Json;
using tests::Cloud;

namespace {

const Json& trees() {
  static const Json kTrees = [] {
    std::ifstream in(PREEMPTD_TEST_DATA "/simulator/response-trees.json");
    return Json::parse(in).at("actions");
  }();
  return kTrees;
}

/// What in `body` is not as the official SDKs' models declare it; empty when all is.
std::string difference(const Json& body, const Json& tree, const std::string& path) {
  if (tree.is_object()) {
    if (!body.is_object()) return path + " is not an object";
    for (const auto& [name, value] : body.items()) {
      if (!tree.contains(name)) return path + "/" + name + " is not declared";
      if (const auto inner = difference(value, tree.at(name), path + "/" + name); !inner.empty()) return inner;
    }
    return "";
  }
  if (tree.is_array()) {
    if (!body.is_array()) return path + " is not a list";
    for (const auto& item : body) {
      if (const auto inner = difference(item, tree.at(0), path + "[]"); !inner.empty()) return inner;
    }
    return "";
  }
  const bool right = (tree == "string" && body.is_string()) || (tree == "number" && body.is_number()) ||
                     (tree == "boolean" && body.is_boolean());
  return right ? "" : path + " is not a " + tree.get<std::string>();
}

/// One call of every action, in an order in which each has something to answer with.
struct Tour {
  Cloud cloud;
  std::set<std::string> seen;

  Json go(const std::string& action, Parameters parameters, std::string_view version = kEcs) {
    CAPTURE(action);
    const auto answer = cloud.ask(action, std::move(parameters), version);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().code << ": " << answer.error().message);
    seen.insert(action);
    if (trees().contains(action)) CHECK(difference(*answer, trees().at(action), action) == "");
    return *answer;
  }
  Parameters here(Parameters more = {}) {
    more.emplace("RegionId", "cn-hangzhou");
    return more;
  }
  void rest() { cloud.pass(core::Seconds(10)); }
};

Parameters launch(const std::string& image, Parameters more = {}) {
  more.merge(Parameters{{"RegionId", "cn-hangzhou"}, {"ImageId", image}, {"InstanceType", "ecs.g7.large"}});
  return more;
}

void tour_network(Tour& tour) {
  const std::string vpc =
      tour.go("CreateVpc", tour.here({{"CidrBlock", "192.168.0.0/16"}, {"Tag.1.Key", "k"}}), kVpc).at("VpcId");
  tour.rest();
  const std::string vswitch =
      tour.go("CreateVSwitch",
              {{"VpcId", vpc}, {"ZoneId", "cn-hangzhou-i"}, {"CidrBlock", "192.168.1.0/24"}, {"Tag.1.Key", "k"}}, kVpc)
          .at("VSwitchId");
  const std::string group =
      tour.go("CreateSecurityGroup", tour.here({{"VpcId", vpc}, {"Tag.1.Key", "k"}})).at("SecurityGroupId");
  tour.go("AuthorizeSecurityGroup", tour.here({{"SecurityGroupId", group},
                                               {"Permissions.1.IpProtocol", "tcp"},
                                               {"Permissions.1.PortRange", "22/22"},
                                               {"Permissions.1.SourceCidrIp", "0.0.0.0/0"}}));
  tour.go("DescribeVpcs", tour.here(), kVpc);
  tour.go("DescribeVSwitches", tour.here(), kVpc);
  tour.go("DescribeSecurityGroups", tour.here());
  tour.go("DescribeSecurityGroupAttribute", tour.here({{"SecurityGroupId", group}}));
  tour.go(
      "RevokeSecurityGroup",
      tour.here(
          {{"SecurityGroupId", group}, {"IpProtocol", "tcp"}, {"PortRange", "22/22"}, {"SourceCidrIp", "0.0.0.0/0"}}));
  tour.go("UnTagResources", tour.here({{"ResourceType", "VPC"}, {"ResourceId.1", vpc}, {"TagKey.1", "k"}}), kVpc);
  tour.go("DeleteSecurityGroup", tour.here({{"SecurityGroupId", group}}));
  tour.go("DeleteVSwitch", {{"VSwitchId", vswitch}}, kVpc);
  tour.go("DeleteVpc", {{"VpcId", vpc}}, kVpc);
}

void tour_storage(Tour& tour) {
  const std::string disk = tour.go("CreateDisk", tour.here({{"ZoneId", tour.cloud.world.own().zone}})).at("DiskId");
  tour.rest();
  tour.go("AttachDisk", {{"InstanceId", tour.cloud.own()}, {"DiskId", disk}});
  tour.rest();
  tour.go("ModifyDiskAttribute", {{"DiskId", disk}, {"DiskName", "d"}});
  tour.go("TagResources",
          tour.here({{"ResourceType", "disk"}, {"ResourceId.1", disk}, {"Tag.1.Key", "k"}, {"Tag.1.Value", "v"}}));
  tour.go("DescribeDisks", tour.here());
  const std::string snapshot = tour.go("CreateSnapshot", {{"DiskId", disk}, {"Tag.1.Key", "k"}}).at("SnapshotId");
  tour.rest();
  tour.go("DescribeSnapshots", tour.here());
  const std::string image =
      tour.go("CreateImage", tour.here({{"InstanceId", tour.cloud.own()}, {"Tag.1.Key", "k"}})).at("ImageId");
  tour.rest();
  tour.go("DescribeImages", tour.here());
  tour.go("DeleteImage", tour.here({{"ImageId", image}}));
  tour.go("DeleteSnapshot", {{"SnapshotId", snapshot}});
  tour.go("DetachDisk", {{"InstanceId", tour.cloud.own()}, {"DiskId", disk}});
  tour.rest();
  tour.go("DeleteDisk", {{"DiskId", disk}});
}

void tour_attributes(Tour& tour, const std::string& id, const std::string& subscription) {
  tour.go("TagResources",
          tour.here({{"ResourceType", "instance"}, {"ResourceId.1", id}, {"Tag.1.Key", "k"}, {"Tag.1.Value", "v"}}));
  tour.go("ListTagResources", tour.here({{"ResourceType", "instance"}, {"ResourceId.1", id}}));
  tour.go("UntagResources", tour.here({{"ResourceType", "instance"}, {"ResourceId.1", id}, {"TagKey.1", "x"}}));
  tour.go("ModifyInstanceNetworkSpec", {{"InstanceId", id}, {"InternetMaxBandwidthOut", "5"}});
  tour.go("AllocatePublicIpAddress", {{"InstanceId", id}});
  tour.go("ModifyInstanceAttribute", {{"InstanceId", id}, {"InstanceName", "n"}});
  tour.go("ModifyInstanceMetadataOptions", tour.here({{"InstanceId", id}, {"HttpEndpoint", "enabled"}}));
  tour.go("ModifyInstanceAutoReleaseTime",
          {{"InstanceId", id}, {"AutoReleaseTime", core::format_utc(tour.cloud.now + std::chrono::hours(5))}});
  tour.go("AttachInstanceRamRole", tour.here({{"InstanceIds", "[\"" + id + "\",\"i-none\"]"}, {"RamRoleName", "r"}}));
  tour.go("DescribeInstanceRamRole", tour.here({{"InstanceIds", "[\"" + id + "\"]"}}));
  tour.go("DetachInstanceRamRole", tour.here({{"InstanceIds", "[\"" + id + "\"]"}, {"RamRoleName", "r"}}));
  tour.go("DescribeUserData", tour.here({{"InstanceId", id}}));
  tour.go("RenewInstance", {{"InstanceId", subscription}, {"Period", "1"}});
  tour.go("ModifyInstanceAutoRenewAttribute",
          tour.here({{"InstanceId", subscription}, {"RenewalStatus", "AutoRenewal"}}));
  tour.go("DescribeInstanceAutoRenewAttribute", tour.here({{"InstanceId", subscription}}));
}

void tour_market(Tour& tour) {
  tour.go("DescribeRegions", {});
  tour.go("DescribeZones", tour.here());
  tour.go("DescribeInstanceTypes", {});
  for (const char* resource : {"InstanceType", "SystemDisk", "Zone", "Network"})
    tour.go("DescribeAvailableResource", tour.here({{"DestinationResource", resource}}));
  tour.go("DescribeSpotPriceHistory", tour.here({{"InstanceType", "ecs.g7.large"}, {"NetworkType", "vpc"}}));
  tour.go("DescribeSpotAdvice", tour.here());
  tour.go("DescribePrice", tour.here({{"InstanceType", "ecs.g7.large"}, {"SpotStrategy", "SpotAsPriceGo"}}));
}

void tour_assistant(Tour& tour, const std::string& id) {
  const std::string command =
      tour.go("CreateCommand", tour.here({{"Name", "n"}, {"Type", "RunShellScript"}, {"CommandContent", "ZWNobw=="}}))
          .at("CommandId");
  tour.go("InvokeCommand", tour.here({{"CommandId", command}, {"InstanceId.1", id}}));
  tour.go("RunCommand", tour.here({{"Type", "RunShellScript"}, {"CommandContent", "echo"}, {"InstanceId.1", id}}));
  tour.go("DescribeInvocations", tour.here());
  tour.go("DescribeInvocationResults", tour.here());
  tour.go("DescribeCloudAssistantStatus", tour.here());
}

void tour_events(Tour& tour, const std::string& id) {
  const Parameters event = tour.here({{"InstanceId.1", id},
                                      {"EventType", "SystemMaintenance.Reboot"},
                                      {"NotBefore", core::format_utc(tour.cloud.now + core::Seconds(60))}});
  const std::string made = tour.go("CreateSimulatedSystemEvents", event).at("EventIdSet").at("EventId").at(0);
  tour.go("DescribeInstancesFullStatus", tour.here());
  tour.go("CancelSimulatedSystemEvents", tour.here({{"EventId.1", made}}));
  tour.go("DescribeInstanceHistoryEvents", tour.here());
}

void tour_lifecycle(Tour& tour, const std::string& id, const std::string& other) {
  tour.go("DescribeInstances", tour.here());
  tour.go("DescribeInstanceStatus", tour.here());
  tour.go("DescribeInstanceAttribute", {{"InstanceId", id}});
  for (const char* action : {"RebootInstance", "StopInstance", "StartInstance"}) {
    tour.go(action, {{"InstanceId", id}});
    tour.rest();
  }
  for (const char* action : {"RebootInstances", "StopInstances", "StartInstances"}) {
    tour.go(action,
            tour.here({{"InstanceId.1", id}, {"InstanceId.2", "i-none"}, {"BatchOptimization", "SuccessFirst"}}));
    tour.rest();
  }
  tour.go("DeleteInstance", {{"InstanceId", id}, {"Force", "true"}});
  tour.go("DeleteInstances", tour.here({{"InstanceId.1", other}, {"Force", "true"}}));
}

}  // namespace

TEST_CASE("simulator: every action answers with the members and types the official SDKs declare") {
  Tour tour;
  const std::string image = tour.cloud.world.own().image;
  const std::string id = tour.go("RunInstances", launch(image, {{"InternetMaxBandwidthOut", "5"}, {"Tag.1.Key", "k"}}))
                             .at("InstanceIdSets")
                             .at("InstanceIdSet")
                             .at(0);
  const std::string subscription =
      tour.go("RunInstances", launch(image, {{"InstanceChargeType", "PrePaid"}, {"Period", "1"}}))
          .at("InstanceIdSets")
          .at("InstanceIdSet")
          .at(0);
  const std::string made = tour.go("CreateInstance", launch(image)).at("InstanceId");
  tour.rest();
  tour.cloud.world.fleet.reclaim(*tour.cloud.world.fleet.find(id),
                                 {.at = tour.cloud.now + std::chrono::hours(24), .comeback = {}});
  tour_network(tour);
  tour_storage(tour);
  tour_attributes(tour, id, subscription);
  tour_market(tour);
  tour_assistant(tour, id);
  tour_events(tour, id);
  tour.go("GetCallerIdentity", {}, kSts);
  const Parameters role{{"RoleArn", "acs:ram::1:role/r"}, {"RoleSessionName", "session"}};
  tour.go("AssumeRole", role, kSts);
  tour.go("AssumeRoleWithOIDC", role, kSts);
  tour.go("PutCustomEvent", {{"EventInfo.1.EventName", "n"}, {"EventInfo.1.Content", "c"}}, kCms);
  tour_lifecycle(tour, id, made);
  for (const auto& action : all_actions()) CHECK_MESSAGE(tour.seen.contains(std::string(action.name)), action.name);
}

TEST_CASE("simulator: an answer is compared deeply enough to fail") {
  const Json tree = Json::parse(R"({"A":{"B":[{"C":"string"}]},"N":"number"})");
  CHECK(difference(Json::parse(R"({"A":{"B":[{"C":"x"}]},"N":1})"), tree, "") == "");
  CHECK(difference(Json::parse(R"({"A":{"B":[{"C":1}]}})"), tree, "") == "/A/B[]/C is not a string");
  CHECK(difference(Json::parse(R"({"A":{"B":{}}})"), tree, "") == "/A/B is not a list");
  CHECK(difference(Json::parse(R"({"N":"1"})"), tree, "") == "/N is not a number");
  CHECK(difference(Json::parse(R"({"X":1})"), tree, "") == "/X is not declared");
}

TEST_CASE("simulator: DescribeInstances has every member of the recorded example") {
  Cloud cloud;
  std::ifstream in(PREEMPTD_TEST_DATA "/examples/describe-instances-normal.json");
  const Json wanted = Json::parse(in).at("Instances").at("Instance").at(0);
  const Json mine = cloud.ask("DescribeInstances", {{"RegionId", "cn-hangzhou"}})->at("Instances").at("Instance").at(0);
  for (const auto& [name, value] : wanted.items()) {
    CAPTURE(name);
    REQUIRE(mine.contains(name));
    CHECK(mine.at(name).type_name() == std::string(value.type_name()));
  }
}
