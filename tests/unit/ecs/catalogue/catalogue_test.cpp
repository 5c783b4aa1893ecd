#include "ecs/catalogue/catalogue.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace preemptd;
namespace catalogue = ecs::catalogue;

namespace {

std::vector<std::string> doubts(const std::string& action, ecs::Parameters parameters) {
  return catalogue::doubts_about({ecs::kEcs, action, std::move(parameters)});
}

}  // namespace

TEST_CASE("ecs: the catalogue holds every action, and each of them can be read") {
  std::size_t count = 0;
  for (const auto& name : catalogue::product_names()) {
    const auto product = catalogue::find_product(name);
    for (const auto& action : catalogue::action_names(*product)) {
      CAPTURE(action);
      CHECK(catalogue::find_action(*product, action).has_value());
      ++count;
    }
  }
  CHECK(count == 787);
}

TEST_CASE("ecs: a flat name finds its parameter through lists and objects") {
  const auto action = *catalogue::find_action(ecs::kEcs, "RunInstances");
  CHECK(catalogue::find_parameter(action, "Amount")->kind == catalogue::Kind::number);
  CHECK(catalogue::find_parameter(action, "DataDisk.2.DeleteWithInstance")->kind == catalogue::Kind::boolean);
  CHECK(catalogue::find_parameter(action, "NetworkInterface.1.SecurityGroupIds.1")->kind == catalogue::Kind::text);
  CHECK(catalogue::find_parameter(action, "SystemDisk.Size") != nullptr);
  for (const char* wrong : {"DataDisk.Size", "DataDisk.x.Size", "Amount.1", "SystemDisk.Nope", "", "Nope"}) {
    CHECK(catalogue::find_parameter(action, wrong) == nullptr);
  }
}

TEST_CASE("ecs: what looks wrong with a call is said, with the nearest right name") {
  CHECK(doubts("DescribeInstances", {{"RegionId", "x"}}).empty());
  CHECK(doubts("DescribeInstances", {}) == std::vector<std::string>{"RegionId is usually required"});
  CHECK(
      doubts("DescribeInstance", {}) ==
      std::vector<std::string>{"ecs has no action DescribeInstance that we know of; did you mean DescribeInstances?"});
  CHECK(doubts("DescribeInstances", {{"RegionId", "x"}, {"InstanceIdss", "y"}}) ==
        std::vector<std::string>{"DescribeInstances has no parameter InstanceIdss; did you mean InstanceIds?"});
  CHECK(doubts("StopInstances", {{"RegionId", "x"}, {"InstanceId.1", "i"}, {"ForceStop", "yes"}}) ==
        std::vector<std::string>{"ForceStop is true or false, not 'yes'"});
  CHECK(doubts("DescribeDisks", {{"RegionId", "x"}, {"MaxResults", "two"}}) ==
        std::vector<std::string>{"MaxResults is a number, not 'two'"});
}

TEST_CASE("ecs: what only some calls of an action need is not missed in the others") {
  CHECK(doubts("RunInstances", {{"RegionId", "x"}}).empty());
  CHECK(doubts("CreateImage", {{"RegionId", "x"}, {"SnapshotId", "s"}}).empty());
  CHECK(doubts("CreateInstance", {{"RegionId", "x"}, {"ImageId", "i"}, {"InstanceType", "t"}, {"VSwitchId", "v"}})
            .empty());
}

TEST_CASE("ecs: actions are found in any case") {
  CHECK(catalogue::nearest_action(ecs::kEcs, "runinstances") == "RunInstances");
  CHECK_FALSE(catalogue::nearest_action(ecs::kEcs, "zzzzzzzzzz").has_value());
  CHECK_FALSE(catalogue::find_action(ecs::kEcs, "Run").has_value());
  CHECK_FALSE(catalogue::find_product("oss").has_value());
  CHECK(catalogue::find_product("VPC")->version == "2016-04-28");
}

TEST_CASE("ecs: an action's wire names show lists with N") {
  const auto names = catalogue::wire_names(*catalogue::find_action(ecs::kEcs, "TagResources"));
  for (const char* wanted : {"Tag.N.Key", "Tag.N.Value", "ResourceId.N", "RegionId"}) {
    CHECK(std::find(names.begin(), names.end(), wanted) != names.end());
  }
}
