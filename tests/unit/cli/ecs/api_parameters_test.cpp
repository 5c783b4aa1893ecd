#include "cli/ecs/api_parameters.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/ecs/api_pages.h"

using namespace preemptd;
using Words = std::vector<std::string>;

namespace {

core::Result<cli::ApiParameters> read(const char* action, const Words& words) {
  return cli::read_api_parameters(words, ecs::catalogue::find_action(ecs::kEcs, action));
}

}  // namespace

TEST_CASE("api: a list's parameter given several times is the list of its values") {
  const auto read_all =
      read("DeleteInstances", {"--InstanceId", "i-a", "--InstanceId=i-b", "--InstanceId", R"(["i-c"])"});
  REQUIRE(read_all.has_value());
  CHECK(read_all->wire == ecs::Parameters{{"InstanceId.1", "i-a"}, {"InstanceId.2", "i-b"}, {"InstanceId.3", "i-c"}});
  const auto tags = read("DescribeInstances", {"--Tag", R"({"Key":"a"})", "--Tag", R"([{"Key":"b","Value":"c"}])"});
  REQUIRE(tags.has_value());
  CHECK(tags->wire == ecs::Parameters{{"Tag.1.Key", "a"}, {"Tag.2.Key", "b"}, {"Tag.2.Value", "c"}});
}

TEST_CASE("api: any other parameter given twice is an error that names it") {
  for (const auto& words :
       {Words{"--RegionId", "a", "--RegionId", "b"}, Words{"--RegionId=a", "--RegionId=a"},
        Words{"--InstanceIds", "[\"i-a\"]", "--InstanceIds", "[\"i-b\"]"}, Words{"--Nowhere", "1", "--Nowhere", "2"},
        Words{"--Tag.1.Key", "a", "--Tag.1.Key", "b"}, Words{"--Tag", R"([{"Key":"a"}])", "--Tag.1.Key", "b"}}) {
    const auto twice = read("DescribeInstances", words);
    REQUIRE_FALSE(twice.has_value());
    CHECK(twice.error().what.find("is given twice") != std::string::npos);
  }
}

TEST_CASE("api: what looks like JSON and is none is doubted and sent all the same") {
  for (const char* value : {"[i-a]", "[\"i-a\"", "i-a]", "['i-a']"}) {
    const auto doubted = read("DescribeInstances", {"--InstanceIds", value});
    REQUIRE(doubted.has_value());
    CHECK(doubted->wire.at("InstanceIds") == value);
    REQUIRE(doubted->doubts.size() == 1);
    CHECK(doubted->doubts[0].find("--InstanceIds: ") == 0);
  }
  CHECK(read("DescribeInstances", {"--InstanceIds", R"(["i-a"])"})->doubts.empty());
  CHECK(read("RunInstances", {"--Description", "[not a list"})->doubts.empty());
}

TEST_CASE("api: a value may look like an option") {
  const auto dashed = read("CreateSecurityGroup", {"--Description", "-h"});
  REQUIRE(dashed.has_value());
  CHECK(dashed->wire.at("Description") == "-h");
  CHECK_FALSE(read("CreateSecurityGroup", {"--Description"}).has_value());
  CHECK_FALSE(read("CreateSecurityGroup", {"Description", "x"}).has_value());
}

TEST_CASE("api: the list of an answer is the longest one at its top or one level below") {
  using core::Json;
  CHECK(cli::path_of_list(Json::parse(R"({"Instances":{"Instance":[1,2]},"Warnings":[]})")) ==
        Words{"Instances", "Instance"});
  CHECK(cli::path_of_list(Json::parse(R"({"Items":[1]})")) == Words{"Items"});
  CHECK(cli::path_of_list(Json::parse(R"({"RequestId":"R"})")).empty());
}
