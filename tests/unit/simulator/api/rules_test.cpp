#include <doctest/doctest.h>

#include "core/utc.h"
#include "simulator/cloud/market.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;
using tests::Cloud;

TEST_CASE("simulator: what a query refuses, with code and status") {
  struct Row {
    Parameters parameters;
    const char* code;
    int status;
  };
  Parameters crowd;
  for (int i = 1; i <= 21; ++i) crowd["Tag." + std::to_string(i) + ".Key"] = "k";
  const Row rows[] = {
      {{{"Status", "Asleep"}}, "InvalidStatus.NotFound", 404},
      {{{"InstanceChargeType", "Free"}}, "InvalidInstanceChargeType.NotFound", 404},
      {{{"LockReason", "Mood"}}, "InvalidLockReason.NotFound", 404},
      {{{"InstanceNetworkType", "token-ring"}}, "InvalidNetworkType.NotFound", 404},
      {{{"Filter.1.Key", "Colour"}, {"Filter.1.Value", "2027-01-01T00:00Z"}}, "InvalidFilterKey.NotFound", 404},
      {{{"Tag.1.Value", "v"}}, "InvalidTag.Mismatch", 400},
      {crowd, "InvalidTagCount", 400},
  };
  Cloud cloud;
  for (const auto& row : rows) {
    CAPTURE(row.code);
    Parameters parameters = row.parameters;
    parameters["RegionId"] = "cn-hangzhou";
    const auto answer = cloud.ask("DescribeInstances", parameters);
    REQUIRE(!answer.has_value());
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().status == row.status);
  }
}

TEST_CASE("simulator: pay-as-you-go instances expire never, which every expiry window knows") {
  Cloud cloud;
  const auto found = [&](const char* key, const char* value) {
    return *cloud.ask("DescribeInstances",
                      {{"RegionId", "cn-hangzhou"}, {"Filter.3.Key", key}, {"Filter.3.Value", value}});
  };
  CHECK(found("ExpiredStartTime", "2027-01-01T00:00Z").at("TotalCount") == 1);
  CHECK(found("ExpiredEndTime", "2098-01-01T00:00Z").at("TotalCount") == 0);
  CHECK(found("ExpiredEndTime", "2099-12-31T15:59Z").at("TotalCount") == 1);
}

TEST_CASE("simulator: a rule of a security group comes and goes, and nonsense ports are refused") {
  Cloud cloud;
  const std::string group = cloud.world.own().security_groups.front();
  const auto rule = [&](const char* ports) {
    return Parameters{{"RegionId", "cn-hangzhou"},
                      {"SecurityGroupId", group},
                      {"Permissions.1.IpProtocol", "tcp"},
                      {"Permissions.1.PortRange", ports},
                      {"Permissions.1.SourceCidrIp", "10.0.0.0/8"}};
  };
  for (const char* ports : {"x", "22", "70000/70001", "443/80", "0/1", "22/22/22"}) {
    CAPTURE(ports);
    CHECK(cloud.code("AuthorizeSecurityGroup", rule(ports)) == "InvalidPortRange.Malformed");
  }
  for (const char* ports : {"22/22", "1/65535", "-1/-1"})
    CHECK(cloud.code("AuthorizeSecurityGroup", rule(ports)) == "");
  const auto& rules = cloud.world.network.groups.find(group)->rules;
  REQUIRE(rules.size() == 3);
  CHECK(cloud.code("RevokeSecurityGroup", rule("22/22")) == "");
  CHECK(cloud.code("RevokeSecurityGroup", {{"SecurityGroupId", group}, {"SecurityGroupRuleId.1", rules[0].id}}) == "");
  CHECK(rules.size() == 1);
}

TEST_CASE("simulator: tags go on known kinds of things alone") {
  Cloud cloud;
  const Parameters tag{
      {"RegionId", "cn-hangzhou"}, {"ResourceType", "spoon"}, {"ResourceId.1", cloud.own()}, {"Tag.1.Key", "k"}};
  CHECK(cloud.code("TagResources", tag) == "InvalidResourceType.NotFound");
}

TEST_CASE("simulator: a system event for real stops or restarts the instance at its time, unless cancelled") {
  Cloud cloud;
  const auto event = [&](const char* type) {
    return cloud
        .ask("CreateSimulatedSystemEvents", {{"RegionId", "cn-hangzhou"},
                                             {"InstanceId.1", cloud.own()},
                                             {"EventType", type},
                                             {"TriggerRealOps", "true"},
                                             {"NotBefore", core::format_utc(cloud.now + core::Seconds(60))}})
        ->at("EventIdSet")
        .at("EventId")
        .at(0)
        .get<std::string>();
  };
  event("SystemMaintenance.Reboot");
  cloud.pass(core::Seconds(59));
  CHECK(cloud.status(cloud.own()) == "Running");
  cloud.pass(core::Millis(1500));
  CHECK(cloud.status(cloud.own()) == "Stopping");
  cloud.pass(core::Seconds(10));
  CHECK(cloud.status(cloud.own()) == "Running");
  cloud.ask("CancelSimulatedSystemEvents",
            {{"RegionId", "cn-hangzhou"}, {"EventId.1", event("SystemMaintenance.Stop")}});
  cloud.pass(core::Seconds(100));
  CHECK(cloud.status(cloud.own()) == "Running");
  event("SystemMaintenance.Stop");
  cloud.pass(core::Seconds(100));
  CHECK(cloud.status(cloud.own()) == "Stopped");
}

TEST_CASE("simulator: economical mode takes the public address, and the next start brings another") {
  Cloud cloud;
  const std::string id = cloud.run({{"InternetMaxBandwidthOut", "5"}});
  cloud.pass(core::Seconds(10));
  const Instance& instance = *cloud.world.fleet.find(id);
  const std::string before = instance.public_ip;
  REQUIRE(!before.empty());
  cloud.ask("StopInstance", {{"InstanceId", id}, {"StoppedMode", "StopCharging"}});
  cloud.pass(core::Seconds(10));
  CHECK(instance.public_ip == "");
  cloud.ask("StartInstance", {{"InstanceId", id}});
  CHECK(instance.public_ip != "");
  CHECK(instance.public_ip != before);
}

TEST_CASE("simulator: the assistant answers from instances that run") {
  Cloud cloud;
  const auto told = [&] {
    return cloud.ask("DescribeCloudAssistantStatus", {{"RegionId", "cn-hangzhou"}, {"InstanceId.1", cloud.own()}})
        ->at("InstanceCloudAssistantStatusSet")
        .at("InstanceCloudAssistantStatus")
        .at(0)
        .at("CloudAssistantStatus");
  };
  CHECK(told() == "true");
  cloud.ask("StopInstance", {{"InstanceId", cloud.own()}});
  cloud.pass(core::Seconds(10));
  CHECK(told() == "false");
}

TEST_CASE("simulator: advice is about types of the asked size alone") {
  Cloud cloud;
  const auto advice =
      *cloud.ask("DescribeSpotAdvice",
                 {{"RegionId", "cn-hangzhou"}, {"ZoneId", "cn-hangzhou-i"}, {"Cores", "4"}, {"Memory", "16"}});
  const auto& types = advice.at("AvailableSpotZones")
                          .at("AvailableSpotZone")
                          .at(0)
                          .at("AvailableSpotResources")
                          .at("AvailableSpotResource");
  REQUIRE(!types.empty());
  for (const auto& each : types) {
    const InstanceType* type = find_type(each.at("InstanceType").get<std::string>());
    CHECK(type->cpus == 4);
    CHECK(type->memory_gib == 16);
  }
}
