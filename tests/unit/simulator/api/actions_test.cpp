#include <doctest/doctest.h>

#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/actions/launch.h"
#include "simulator/api/api_reply.h"
#include "simulator/api/calendar.h"
#include "simulator/cloud/cidr.h"
#include "simulator/cloud/market.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;
using core::Json;
using tests::Cloud;

namespace {

Parameters launch(Parameters more) {
  more.merge(Parameters{{"RegionId", "cn-hangzhou"},
                        {"ImageId", "aliyun_3_x64_20G_alibase_20250629.vhd"},
                        {"InstanceType", "ecs.g7.large"}});
  return more;
}

std::vector<std::string> ids_of(const Json& body) {
  std::vector<std::string> out;
  for (const auto& each : body.at("Instances").at("Instance")) out.push_back(each.at("InstanceId"));
  return out;
}

}  // namespace

TEST_CASE("simulator: what a launch refuses, and with which code") {
  struct Row {
    Parameters parameters;
    const char* code;
  };
  const Row rows[] = {
      {{{"ImageId", "m-none"}}, "InvalidImageId.NotFound"},
      {{{"InstanceType", "ecs.none"}}, "InvalidInstanceType.ValueNotSupported"},
      {{{"ZoneId", "cn-beijing-h"}}, "InvalidZoneId.NotFound"},
      {{{"VSwitchId", "vsw-none"}}, "InvalidVSwitchId.NotFound"},
      {{{"SecurityGroupId", "sg-none"}}, "InvalidSecurityGroupId.NotFound"},
      {{{"LaunchTemplateId", "lt-none"}}, "InvalidLaunchTemplate.NotFound"},
      {{{"Amount", "0"}}, "InvalidParam.Amount"},
      {{{"Amount", "101"}}, "InvalidParam.Amount"},
      {{{"Amount", "2"}, {"MinAmount", "3"}}, "InvalidParam.Amount"},
      {{{"Amount", "many"}}, "InvalidParameter"},
      {{{"SpotStrategy", "Cheap"}}, "InvalidSpotStrategy"},
      {{{"SpotStrategy", "SpotAsPriceGo"}, {"InstanceChargeType", "PrePaid"}, {"Period", "1"}}, "InvalidSpotPrepaid"},
      {{{"SpotStrategy", "SpotWithPriceLimit"}}, "InvalidSpotPriceLimit"},
      {{{"SpotStrategy", "SpotWithPriceLimit"}, {"SpotPriceLimit", "1.2345"}}, "InvalidSpotPriceLimit"},
      {{{"SpotStrategy", "SpotWithPriceLimit"}, {"SpotPriceLimit", "0.001"}},
       "InvalidSpotPriceLimit.LowerThanPublicPrice"},
      {{{"SpotStrategy", "SpotAsPriceGo"}, {"SpotDuration", "7"}}, "InvalidSpotDuration"},
      {{{"SpotStrategy", "SpotAsPriceGo"}, {"SpotInterruptionBehavior", "Hibernate"}},
       "InvalidSpotInterruptionBehavior"},
      {{{"SpotStrategy", "SpotAsPriceGo"}, {"SpotInterruptionBehavior", "Stop"}, {"InstanceType", "ecs.i3.xlarge"}},
       "InvalidSpotInterruptionBehavior.LocalDiskNotSupport"},
      {{{"InstanceChargeType", "Free"}}, "InvalidInstanceChargeType.NotFound"},
      {{{"InstanceChargeType", "PrePaid"}}, "InvalidPeriod"},
      {{{"UserData", "not base64"}}, "InvalidUserData.Base64FormatInvalid"},
      {{{"AutoReleaseTime", "2027-01-15T08:10:00Z"}}, "InvalidAutoReleaseTime.Malformed"},
      {{{"AutoReleaseTime", "tomorrow"}}, "InvalidAutoReleaseTime.Malformed"},
      {{{"Tag.1.Key", "acs:mine"}}, "InvalidTagKey.Malformed"},
      {{{"DryRun", "true"}}, "DryRunOperation"},
      {{{"DryRun", "perhaps"}}, "InvalidParameter"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.code));
    Cloud cloud;
    CHECK(cloud.code("RunInstances", launch(row.parameters)) == std::string(row.code));
    CHECK(cloud.world.fleet.size() == 1);
  }
}

TEST_CASE("simulator: with little stock a launch makes what MinAmount accepts, or nothing") {
  Cloud cloud;
  cloud.world.knobs.stock["ecs.g7.large"] = 3;
  CHECK(cloud.code("RunInstances", launch({{"Amount", "5"}})) == "OperationDenied.NoStock");
  const auto made = cloud.ask("RunInstances", launch({{"Amount", "5"}, {"MinAmount", "2"}}));
  REQUIRE(made);
  CHECK(made->at("InstanceIdSets").at("InstanceIdSet").size() == 3);
  CHECK(cloud.code("RunInstances", launch({})) == "OperationDenied.NoStock");
}

TEST_CASE("simulator: names are numbered as their pattern says") {
  CHECK(numbered_name("node", 4, false) == "node");
  CHECK(numbered_name("node", 4, true) == "node005");
  CHECK(numbered_name("node-[8,3]-x", 2, false) == "node-010-x");
  CHECK(numbered_name("n[99,0]", 1, false) == "n100");
  CHECK(numbered_name("n[a]", 1, false) == "n[a]");
}

TEST_CASE("simulator: paging by token goes on where it was, though instances vanish in between") {
  Cloud cloud;
  for (int i = 0; i < 30; ++i) cloud.run();
  const auto first = cloud.ask("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"MaxResults", "10"}});
  const auto shown = ids_of(*first);
  CHECK(shown.size() == 10);
  cloud.pass(core::Seconds(10));
  for (const auto& id : shown) cloud.ask("DeleteInstance", {{"InstanceId", id}, {"Force", "true"}});
  cloud.pass(core::Seconds(10));
  const auto second = cloud.ask(
      "DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"MaxResults", "100"}, {"NextToken", first->at("NextToken")}});
  CHECK(ids_of(*second).size() == 21);
  CHECK(second->at("NextToken") == "");
  CHECK(cloud.code("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"NextToken", "nonsense"}}) ==
        "InvalidParameter");
}

TEST_CASE("simulator: page sizes are drawn into their limits, or refused") {
  Cloud cloud;
  for (int i = 0; i < 120; ++i) cloud.run();
  const auto page = [&](Parameters more) {
    more["RegionId"] = "cn-hangzhou";
    return ids_of(*cloud.ask("DescribeInstances", more)).size();
  };
  CHECK(page({}) == 10);
  CHECK(page({{"MaxResults", "3"}}) == 10);
  CHECK(page({{"MaxResults", "1000"}}) == 100);
  CHECK(page({{"PageSize", "50"}, {"PageNumber", "3"}}) == 21);
  CHECK(page({{"PageNumber", "99"}}) == 0);
  CHECK(cloud.code("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"PageSize", "101"}}) == "InvalidParameter");
}

TEST_CASE("simulator: filters of DescribeInstances") {
  Cloud cloud;
  const std::string tagged = cloud.run({{"Tag.1.Key", "pool"}, {"Tag.1.Value", "batch"}, {"InstanceName", "alpha-1"}});
  const std::string paid = cloud.run({{"InstanceChargeType", "PrePaid"}, {"Period", "1"}});
  cloud.world.fleet.reclaim(*cloud.world.fleet.find(tagged), {.at = cloud.now + core::Seconds(300), .comeback = {}});
  const auto find = [&](Parameters more) {
    more["RegionId"] = "cn-hangzhou";
    const auto answer = cloud.ask("DescribeInstances", more);
    REQUIRE_MESSAGE(answer, answer.error().code);
    return ids_of(*answer);
  };
  const std::vector<std::string> only_tagged{tagged}, only_paid{paid}, only_own{cloud.own()};
  CHECK(find({{"Tag.1.Key", "pool"}}) == only_tagged);
  CHECK(find({{"Tag.1.Key", "pool"}, {"Tag.1.Value", "other"}}).empty());
  CHECK(find({{"InstanceName", "alpha-*"}}) == only_tagged);
  CHECK(find({{"LockReason", "recycling"}}) == only_tagged);
  CHECK(find({{"Status", "Running"}}) == only_own);
  CHECK(find({{"InstanceChargeType", "PrePaid"}}) == only_paid);
  CHECK(find({{"InstanceIds", "[\"" + paid + "\",\"i-none\"]"}}) == only_paid);
  CHECK(find({{"PrivateIpAddresses", "[\"" + cloud.world.own().private_ip + "\"]"}}) == only_own);
  CHECK(find({{"Filter.3.Key", "ExpiredStartTime"},
              {"Filter.3.Value", core::format_utc(cloud.now)},
              {"Filter.4.Key", "ExpiredEndTime"},
              {"Filter.4.Value", core::format_utc(cloud.now + std::chrono::hours(24 * 40))}}) == only_paid);
  CHECK(cloud.code("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"InstanceIds", "i-bare"}}) ==
        "InvalidParameter");
  CHECK(cloud.code("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"LockReason", "x"}}) ==
        "InvalidLockReason.NotFound");
  CHECK(cloud.code("DescribeInstances", {{"RegionId", "cn-hangzhou"}, {"Filter.1.Key", "x"}}) ==
        "InvalidFilterKey.NotFound");
}

TEST_CASE("simulator: a batch is all or nothing, unless success comes first") {
  Cloud cloud;
  const Parameters both{{"RegionId", "cn-hangzhou"}, {"InstanceId.1", cloud.own()}, {"InstanceId.2", cloud.run()}};
  CHECK(cloud.code("StopInstances", both) == "IncorrectInstanceStatus");
  CHECK(cloud.status(cloud.own()) == "Running");
  Parameters each = both;
  each["BatchOptimization"] = "SuccessFirst";
  const auto answer = cloud.ask("StopInstances", each);
  REQUIRE(answer);
  const Json& items = answer->at("InstanceResponses").at("InstanceResponse");
  CHECK(items[0].at("Code") == "200");
  CHECK(items[0].at("CurrentStatus") == "Stopping");
  CHECK(items[1].at("Code") == "IncorrectInstanceStatus");
  Parameters dry = each;
  dry["DryRun"] = "true";
  CHECK(cloud.code("StopInstances", dry) == "DRYRUN.SUCCESS");
}

TEST_CASE("simulator: spot price history pages to its end without a gap") {
  Cloud cloud;
  const Parameters wanted{{"RegionId", "cn-hangzhou"},
                          {"InstanceType", "ecs.g7.large"},
                          {"NetworkType", "vpc"},
                          {"StartTime", core::format_utc(cloud.now - std::chrono::hours(100))}};
  std::size_t offset = 0, prices = 0;
  for (int pages = 0; pages < 10; ++pages) {
    Parameters page = wanted;
    page["Offset"] = std::to_string(offset);
    const auto answer = cloud.ask("DescribeSpotPriceHistory", page);
    REQUIRE(answer);
    prices += answer->at("SpotPrices").at("SpotPriceType").size();
    offset = answer->at("NextOffset");
    if (offset == 0) break;
  }
  CHECK(prices == 5 * 101);
  Parameters wide = wanted;
  wide["StartTime"] = core::format_utc(cloud.now - std::chrono::hours(24 * 31));
  CHECK(cloud.code("DescribeSpotPriceHistory", wide) == "InvalidParams.StartTime");
}

TEST_CASE("simulator: prices vary over time, stay below the ordinary price, and are the same every run") {
  const InstanceType& type = *find_type("ecs.g7.large");
  std::set<double> seen;
  for (int hour = 0; hour < 200; ++hour) {
    const double price = spot_price(type, "cn-hangzhou-i", core::WallTime(std::chrono::hours(500'000 + hour)));
    CHECK(price > 0.09 * type.hourly_price);
    CHECK(price <= type.hourly_price);
    seen.insert(price);
  }
  CHECK(seen.size() > 20);
  CHECK(spot_price(type, "cn-hangzhou-i", core::WallTime(std::chrono::hours(500'000))) ==
        spot_price(type, "cn-hangzhou-i", core::WallTime(std::chrono::minutes(500'000 * 60 + 59))));
}

TEST_CASE("simulator: renewal is for subscriptions, and moves the expiry by the calendar") {
  Cloud cloud;
  const std::string paid = cloud.run({{"InstanceChargeType", "PrePaid"}, {"Period", "1"}});
  const auto before = *cloud.world.fleet.find(paid)->expires;
  CHECK(cloud.code("RenewInstance", {{"InstanceId", paid}, {"Period", "11"}}) == "InvalidPeriod");
  CHECK(cloud.code("RenewInstance", {{"InstanceId", paid}, {"Period", "12"}}) == "");
  CHECK(*cloud.world.fleet.find(paid)->expires == later_by(before, 1, "Year"));
  CHECK(cloud.code("RenewInstance", {{"InstanceId", cloud.own()}, {"Period", "1"}}) == "ChargeTypeViolation");
  CHECK(cloud.code("DescribeInstanceAutoRenewAttribute",
                   {{"RegionId", "cn-hangzhou"}, {"InstanceId", paid + "," + cloud.own()}}) == "ChargeTypeViolation");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "i-" + std::to_string(i) + ",";
  CHECK(cloud.code("ModifyInstanceAutoRenewAttribute", {{"RegionId", "cn-hangzhou"}, {"InstanceId", many}}) ==
        "InvalidParameter.ToManyInstanceIds");
}

TEST_CASE("simulator: months end on a day they have") {
  const auto time = [](const char* text) { return *core::parse_utc(text); };
  CHECK(later_by(time("2027-01-31T10:00:00Z"), 1, "Month") == time("2027-02-28T10:00:00Z"));
  CHECK(later_by(time("2028-02-29T10:00:00Z"), 1, "Year") == time("2029-02-28T10:00:00Z"));
  CHECK(later_by(time("2027-12-15T10:00:00Z"), 2, "Week") == time("2027-12-29T10:00:00Z"));
}

TEST_CASE("simulator: address blocks") {
  const auto block = parse_cidr("192.168.0.0/16");
  REQUIRE(block);
  CHECK(block->contains(*parse_cidr("192.168.255.0/24")));
  CHECK_FALSE(block->contains(*parse_cidr("192.169.0.0/24")));
  CHECK(block->overlaps(*parse_cidr("192.0.0.0/8")));
  for (const char* wrong :
       {"", "192.168.0.0", "192.168.0.1/16", "192.168.0.0/33", "192.168.0/16", "256.0.0.0/8", "a.b.c.d/8"})
    CHECK_FALSE(parse_cidr(wrong));
}

TEST_CASE("simulator: wildcards") {
  CHECK(matches_wildcard("*", ""));
  CHECK(matches_wildcard("a*c*", "abcd"));
  CHECK_FALSE(matches_wildcard("a*c", "abcd"));
  CHECK(matches_wildcard("abc", "abc"));
}

TEST_CASE("simulator: XML repeats a list's elements under its name") {
  CHECK(to_xml("R", Json::parse(R"({"A":{"I":[{"x":"<&>"},{"x":1}]},"B":true})")) ==
        "<?xml version='1.0' encoding='UTF-8'?><R><A><I><x>&lt;&amp;&gt;</x></I><I><x>1</x></I></A><B>true</B></R>");
}

TEST_CASE("simulator: a drill of a spot interruption is a reclaim when it is meant for real") {
  Cloud cloud;
  const Parameters drill{{"RegionId", "cn-hangzhou"},
                         {"InstanceId.1", cloud.own()},
                         {"EventType", "Instance:PreemptibleInstanceInterruption"},
                         {"NotBefore", core::format_utc(cloud.now + core::Seconds(300))}};
  CHECK(cloud.code("CreateSimulatedSystemEvents", drill) == "");
  CHECK_FALSE(cloud.world.own().reclaim);
  Parameters real = drill;
  real["TriggerRealOps"] = "true";
  CHECK(cloud.code("CreateSimulatedSystemEvents", real) == "");
  REQUIRE(cloud.world.own().reclaim);
  CHECK(cloud.world.own().reclaim->at == cloud.now + core::Seconds(300));
}
