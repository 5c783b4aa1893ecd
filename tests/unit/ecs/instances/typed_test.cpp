#include <doctest/doctest.h>

#include <algorithm>

#include "core/utc.h"
#include "ecs/instances/assistant.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"
#include "ecs/instances/launch.h"
#include "ecs/instances/power.h"
#include "ecs/instances/tags.h"
#include "ecs/network/network.h"
#include "ecs/spot/regions.h"
#include "ecs/spot/spot_prices.h"
#include "ecs/storage/storage.h"
#include "unit/ecs/cloud_world.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using core::ErrorCode;
using core::Seconds;
using ecs::testing::CloudWorld;
using ecs::testing::data_file;
using ecs::testing::error_body;
using ecs::testing::statuses;

namespace {

constexpr const char* kNothing = R"({"RequestId":"R"})";

}  // namespace

TEST_CASE("ecs: the documented answer of DescribeInstances is read into values") {
  CloudWorld world;
  world.net.then(200, data_file("examples/describe-instances-recycling.json").dump());
  const auto found = ecs::describe_instances(world.client, {}, world.in(Seconds(9)));
  REQUIRE(found.has_value());
  const auto& first = found->front();
  CHECK(first.id == "i-bp1fictional000a01");
  CHECK(first.cpu == 2);
  CHECK(first.memory_mib == 8192);
  CHECK(first.is_spot());
  CHECK(first.recycling());
  CHECK(first.private_ips == std::vector<std::string>{"10.0.1.11"});
  CHECK(first.public_ips.empty());
  CHECK(first.security_group_ids == std::vector<std::string>{"sg-bp1fictional0000sg"});
  CHECK(first.tags.at(0) == ecs::Tag{"pool", "batch-spot"});
  CHECK(first.expires == "2099-12-31T15:59Z");
}

TEST_CASE("ecs: an instance query sends its filters, the expiry window in its fixed slots") {
  CloudWorld world;
  world.net.then(200, kNothing);
  ecs::InstanceQuery query;
  query.status = "Running";
  query.tags = {{"team", "a b"}, {"x", ""}};
  query.expires_from = "2026-01-01T00:00Z";
  query.expires_until = "2026-02-01T00:00Z";
  CHECK(ecs::describe_instances(world.client, query, world.in(Seconds(9)))->empty());
  CHECK(world.sent(0) == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                         {"MaxResults", "100"},
                                         {"Status", "Running"},
                                         {"Tag.1.Key", "team"},
                                         {"Tag.1.Value", "a b"},
                                         {"Tag.2.Key", "x"},
                                         {"Tag.2.Value", ""},
                                         {"Filter.3.Key", "ExpiredStartTime"},
                                         {"Filter.3.Value", "2026-01-01T00:00Z"},
                                         {"Filter.4.Key", "ExpiredEndTime"},
                                         {"Filter.4.Value", "2026-02-01T00:00Z"}});
}

TEST_CASE("ecs: a launch sends what is set and nothing else, its own members over the base") {
  CloudWorld world;
  ecs::Launch launch;
  launch.image_id = "m-1";
  launch.spot_strategy = "SpotWithPriceLimit";
  launch.spot_price_limit = 0.125;
  launch.amount = 3;
  launch.user_data = "#!/bin/sh\n";
  launch.data_disks = {{"cloud_essd", 40, "", "", "", false}};
  launch.base = {{"ImageId", "m-base"}, {"ClientToken", "T"}, {"Odd.1", "x"}};
  CHECK(ecs::run_instances_call(world.client, launch).parameters ==
        ecs::Parameters{{"RegionId", "cn-hangzhou"},
                        {"ImageId", "m-1"},
                        {"SpotStrategy", "SpotWithPriceLimit"},
                        {"SpotPriceLimit", "0.125"},
                        {"Amount", "3"},
                        {"UserData", "IyEvYmluL3NoCg=="},
                        {"DataDisk.1.Category", "cloud_essd"},
                        {"DataDisk.1.Size", "40"},
                        {"DataDisk.1.DeleteWithInstance", "false"},
                        {"ClientToken", "T"},
                        {"Odd.1", "x"}});
  CHECK_FALSE(ecs::create_instance_call(world.client, launch).parameters.contains("Amount"));
}

TEST_CASE("ecs: a launch's disks and security group take the place of all of the base's") {
  CloudWorld world;
  ecs::Launch launch;
  launch.security_group_id = "sg-flag";
  launch.data_disks = {{"", 99, "", "", "", true}};
  launch.base = {
      {"SecurityGroupIds.1", "sg-a"},   {"SecurityGroupIds.2", "sg-b"}, {"DataDisk.1.Category", "cloud_essd"},
      {"DataDisk.1.Encrypted", "true"}, {"DataDisk.2.Size", "40"},      {"ClientToken", "T"}};
  CHECK(ecs::run_instances_call(world.client, launch).parameters ==
        ecs::Parameters{{"RegionId", "cn-hangzhou"},
                        {"SecurityGroupId", "sg-flag"},
                        {"DataDisk.1.Size", "99"},
                        {"DataDisk.1.DeleteWithInstance", "true"},
                        {"ClientToken", "T"}});
}

TEST_CASE("ecs: what the base says in other words gives way to the launch") {
  CloudWorld world;
  ecs::Launch launch;
  launch.image_id = "m-1";
  launch.spot_strategy = "SpotAsPriceGo";
  launch.launch_template_id = "lt-1";
  launch.base = {{"ImageFamily", "debian"},       {"SpotStrategy", "SpotWithPriceLimit"}, {"SpotPriceLimit", "0.1"},
                 {"LaunchTemplateName", "other"}, {"LaunchTemplateVersion", "3"},         {"ClientToken", "T"}};
  CHECK(ecs::run_instances_call(world.client, launch).parameters == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                                                                    {"ImageId", "m-1"},
                                                                                    {"SpotStrategy", "SpotAsPriceGo"},
                                                                                    {"LaunchTemplateId", "lt-1"},
                                                                                    {"ClientToken", "T"}});
}

TEST_CASE("ecs: a launch's tag wins over the base's of that key, and the base's others stay") {
  CloudWorld world;
  ecs::Launch launch;
  launch.base = {
      {"Tag.1.Key", "pool"}, {"Tag.1.Value", "a"}, {"Tag.3.Key", "owner"}, {"Tag.3.Value", "x"}, {"ClientToken", "T"}};
  CHECK(ecs::run_instances_call(world.client, launch).parameters["Tag.3.Key"] == "owner");
  launch.tags = {{"pool", "b"}, {"extra", ""}};
  CHECK(ecs::run_instances_call(world.client, launch).parameters == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                                                                    {"Tag.1.Key", "owner"},
                                                                                    {"Tag.1.Value", "x"},
                                                                                    {"Tag.2.Key", "pool"},
                                                                                    {"Tag.2.Value", "b"},
                                                                                    {"Tag.3.Key", "extra"},
                                                                                    {"Tag.3.Value", ""},
                                                                                    {"ClientToken", "T"}});
}

TEST_CASE("ecs: stopping what is stopped counts as done, whoever stopped it") {
  CloudWorld world;
  world.net.then(403, error_body("IncorrectInstanceStatus")).then(200, statuses({{"i-1", "Stopped"}}));
  CHECK(ecs::stop_instances(world.client, {"i-1"}, {}, world.in(Seconds(9)))->front().ok());
  world.net.then_fail(ErrorCode::timed_out).then(200, statuses({{"i-1", "Running"}}));
  CHECK_FALSE(ecs::stop_instances(world.client, {"i-1"}, {}, world.in(Seconds(9))).has_value());
}

TEST_CASE("ecs: several ids make one batch call that does what it can") {
  CloudWorld world;
  world.net.then(
      200,
      R"({"InstanceResponses":{"InstanceResponse":[{"InstanceId":"i-1","Code":"200","PreviousStatus":"Stopped","CurrentStatus":"Starting"},{"InstanceId":"i-2","Code":"403","Message":"no"}]}})");
  const auto results = ecs::start_instances(world.client, {"i-1", "i-2"}, world.in(Seconds(9)));
  CHECK(results->at(0).ok());
  CHECK(results->at(0).status_now == "Starting");
  CHECK_FALSE(results->at(1).ok());
  CHECK(world.action(0) == "StartInstances");
  CHECK(world.sent(0)["BatchOptimization"] == "SuccessFirst");
  CHECK(world.sent(0)["InstanceId.2"] == "i-2");
}

TEST_CASE("ecs: releasing says both flags, and one that does not exist is done already") {
  CloudWorld world;
  world.net.then(404, error_body("InvalidInstanceId.NotFound"));
  CHECK(ecs::release_instances(world.client, {"i-1"}, {true, false}, world.in(Seconds(9))).has_value());
  CHECK(world.sent(0) == ecs::Parameters{{"InstanceId", "i-1"}, {"Force", "true"}, {"ForceStop", "false"}});
}

TEST_CASE("ecs: one that does not exist keeps a release from none of the others") {
  CloudWorld world;
  world.net.then(404, error_body("InvalidInstanceId.NotFound"))
      .then(200, kNothing)
      .then(404, error_body("InvalidInstanceId.NotFound"));
  CHECK(ecs::release_instances(world.client, {"i-1", "i-gone"}, {}, world.in(Seconds(9))).has_value());
  CHECK(world.actions() == std::vector<std::string>{"DeleteInstances", "DeleteInstance", "DeleteInstance"});
}

TEST_CASE("ecs: a stop of what is stopping already is done, unless its power is to be cut") {
  for (const bool force : {false, true}) {
    CloudWorld world;
    world.net.then(403, error_body("IncorrectInstanceStatus")).then(200, statuses({{"i-1", "Stopping"}}));
    CHECK(ecs::stop_instances(world.client, {"i-1"}, {force, false}, world.in(Seconds(9))).has_value() == !force);
  }
}

TEST_CASE("ecs: a release with a key the cloud does not know has released nothing") {
  CloudWorld world;
  world.net.then(404, error_body("InvalidAccessKeyId.NotFound"));
  CHECK_FALSE(ecs::release_instances(world.client, {"i-1"}, {}, world.in(Seconds(9))).has_value());
}

TEST_CASE("ecs: a stop whose answer was lost is looked after, however that was told") {
  CloudWorld world;
  world.net.then(400, error_body("SignatureNonceUsed")).then(200, statuses({{"i-1", "Stopped"}}));
  CHECK(ecs::stop_instances(world.client, {"i-1"}, {}, world.in(Seconds(9))).has_value());
  CHECK(world.actions() == std::vector<std::string>{"StopInstance", "DescribeInstanceStatus"});
}

TEST_CASE("ecs: a release whose answer was lost is done when two looks miss the instance") {
  CloudWorld world;
  world.net.then_fail(ErrorCode::timed_out).then(200, statuses({})).then(404, error_body("InvalidInstanceId.NotFound"));
  CHECK(ecs::release_instances(world.client, {"i-1"}, {}, world.in(Seconds(9))).has_value());
  CHECK(world.actions() ==
        std::vector<std::string>{"DeleteInstance", "DescribeInstanceStatus", "DescribeInstanceStatus"});
}

TEST_CASE("ecs: a release whose answer was lost is asked for again while the instance is there") {
  CloudWorld world;
  world.net.then(503).then(200, statuses({{"i-1", "Stopped"}})).then(404, error_body("InvalidInstanceId.NotFound"));
  CHECK(ecs::release_instances(world.client, {"i-1"}, {}, world.in(Seconds(9))).has_value());
  CHECK(world.actions() == std::vector<std::string>{"DeleteInstance", "DescribeInstanceStatus", "DeleteInstance"});
}

TEST_CASE("ecs: a release that never gets an answer says that it may have happened") {
  CloudWorld world;
  const auto released = ecs::release_instances(world.client, {"i-1"}, {}, world.in(Seconds(9)));
  REQUIRE_FALSE(released.has_value());
  CHECK(released.error().may_have_happened);
}

TEST_CASE("ecs: a deletion whose answer was lost is asked for again, and then not found means deleted") {
  CloudWorld world(3);
  world.net.then_fail(ErrorCode::timed_out).then(404, error_body("InvalidDiskId.NotFound"));
  CHECK(ecs::remove(world.client, {ecs::kEcs, "DeleteDisk", {{"DiskId", "d-1"}}}, world.in(Seconds(60))).has_value());
  world.net.then(404, error_body("InvalidDiskId.NotFound"));
  CHECK_FALSE(
      ecs::remove(world.client, {ecs::kEcs, "DeleteDisk", {{"DiskId", "d-2"}}}, world.in(Seconds(60))).has_value());
}

TEST_CASE("ecs: more ids than an action takes go in several calls") {
  CloudWorld world;
  world.net.otherwise = [](const auto&) { return core::Result<http::Reply>(http::Reply{200, {}, kNothing}); };
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) ids.push_back("i-" + std::to_string(i));
  CHECK(ecs::release_instances(world.client, ids, {}, world.in(Seconds(9))).has_value());
  REQUIRE(world.net.requests.size() == 3);
  CHECK(world.sent(2)["InstanceId.50"] == "i-249");
  CHECK(world.sent(0)["ClientToken"] != world.sent(1)["ClientToken"]);
  CHECK(ecs::modify_auto_renew(world.client, ids, "Normal", {}, world.in(Seconds(9))).has_value());
  CHECK(ecs::describe_auto_renew(world.client, ids, world.in(Seconds(9))).has_value());
  CHECK(world.net.requests.size() == 9);
  CHECK(world.sent(8)["InstanceId"].starts_with("i-200,"));
}

TEST_CASE("ecs: things asked for by more ids than an action takes are asked for in several calls") {
  CloudWorld world;
  world.net.otherwise = [](const auto&) { return core::Result<http::Reply>(http::Reply{200, {}, kNothing}); };
  std::vector<std::string> ids;
  for (int i = 0; i < 120; ++i) ids.push_back("x-" + std::to_string(i));
  ecs::SnapshotQuery snapshots;
  snapshots.ids = ids;
  CHECK(ecs::describe_snapshots(world.client, snapshots, world.in(Seconds(9))).has_value());
  REQUIRE(world.net.requests.size() == 2);
  CHECK(nlohmann::json::parse(world.sent(0)["SnapshotIds"]).size() == 100);
  CHECK(nlohmann::json::parse(world.sent(1)["SnapshotIds"]).size() == 20);
  ecs::DiskQuery disks;
  disks.ids = ids;
  CHECK(ecs::describe_disks(world.client, disks, world.in(Seconds(9))).has_value());
  ecs::ImageQuery images;
  images.ids = ids;
  CHECK(ecs::describe_images(world.client, images, world.in(Seconds(9))).has_value());
  CHECK(world.net.requests.size() == 6);
  CHECK(ecs::describe_vpcs(world.client, ids, world.in(Seconds(9))).has_value());
  CHECK(world.net.requests.size() == 12);
  CHECK(world.sent(11)["VpcId"].starts_with("x-100,"));
  CHECK(ecs::describe_snapshots(world.client, {}, world.in(Seconds(9))).has_value());
  CHECK_FALSE(world.sent(12).contains("SnapshotIds"));
}

TEST_CASE("ecs: a release time is the next whole minute and must be half an hour to three years away") {
  const auto now = *core::parse_utc("2026-01-01T00:00:00Z");
  CHECK(ecs::auto_release_instant(*core::parse_utc("2026-01-01T01:02:59Z"), now) ==
        *core::parse_utc("2026-01-01T01:03:00Z"));
  CHECK(ecs::auto_release_instant(now + std::chrono::minutes(30), now) == now + std::chrono::minutes(30));
  const auto within_a_minute = now + Seconds(40);
  CHECK(ecs::auto_release_instant(within_a_minute + std::chrono::minutes(30), within_a_minute) ==
        now + std::chrono::minutes(31));
  CHECK(ecs::auto_release_instant(now + std::chrono::minutes(29), now).error().code == ErrorCode::bad_input);
  CHECK(ecs::auto_release_instant(now + std::chrono::days(1096), now).has_value());
  CHECK(ecs::auto_release_instant(now + std::chrono::days(1097), now).error().code == ErrorCode::bad_input);
}

TEST_CASE("ecs: auto-renewal takes its ids comma-separated") {
  CloudWorld world;
  world.net.then(200, kNothing);
  CHECK(ecs::modify_auto_renew(world.client, {"i-1", "i-2"}, "AutoRenewal", 3, world.in(Seconds(9))).has_value());
  CHECK(world.sent(0) == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                         {"InstanceId", "i-1,i-2"},
                                         {"RenewalStatus", "AutoRenewal"},
                                         {"Duration", "3"},
                                         {"PeriodUnit", "Month"}});
}

TEST_CASE("ecs: a role that could not be attached to one instance is a failure that names it") {
  CloudWorld world;
  world.net.then(
      200,
      R"({"AttachInstanceRamRoleResults":{"AttachInstanceRamRoleResult":[{"InstanceId":"i-1","Success":true},{"InstanceId":"i-2","Success":false,"Message":"has one"}]}})");
  CHECK(ecs::attach_ram_role(world.client, {"i-1", "i-2"}, "R", world.in(Seconds(9))).error().error.what ==
        "i-2: has one");
}

TEST_CASE("ecs: the documented price history is read to its end") {
  CloudWorld world;
  world.net.then(200, data_file("examples/describe-spot-price-history-page1.json").dump());
  world.net.then(200, data_file("examples/describe-spot-price-history-page2.json").dump());
  ecs::PriceQuery query;
  query.instance_type = "ecs.g7.large";
  const auto history = ecs::describe_spot_price_history(world.client, query, world.in(Seconds(9)));
  REQUIRE(history.has_value());
  CHECK(world.net.requests.size() == 2);
  CHECK(world.sent(1).contains("Offset"));
  CHECK(history->front().price > 0);
  CHECK(history->back().currency == "CNY");
}

TEST_CASE("ecs: advice puts the least interrupted first, numbers given as strings or not") {
  CloudWorld world;
  world.net.then(
      200,
      R"({"AvailableSpotZones":{"AvailableSpotZone":[{"ZoneId":"z","AvailableSpotResources":{"AvailableSpotResource":[{"InstanceType":"a","InterruptionRate":"5.5","AverageSpotDiscount":"20"},{"InstanceType":"b","InterruptionRate":1,"AverageSpotDiscount":30}]}}]}})");
  const auto advice = ecs::describe_spot_advice(world.client, {}, world.in(Seconds(9)));
  CHECK(advice->at(0).instance_type == "b");
  CHECK(advice->at(1).interruption_rate == 5.5);
}

TEST_CASE("ecs: a remote command sends its script as base64 and reads the plain output") {
  CloudWorld world;
  world.net.then(200, R"({"InvokeId":"t-1"})");
  world.net.then(
      200,
      R"({"Invocation":{"TotalCount":2,"InvocationResults":{"InvocationResult":[{"InstanceId":"i-1","InvocationStatus":"Success","ExitCode":0,"Output":"hi"},{"InstanceId":"i-2","InvocationStatus":"Odd"}]}}})");
  ecs::RemoteCommand command;
  command.instance_ids = {"i-1", "i-2"};
  command.script = "echo hi";
  CHECK(ecs::run_command(world.client, command, world.in(Seconds(9))) == "t-1");
  CHECK(world.sent(0)["CommandContent"] == "ZWNobyBoaQ==");
  const auto results = ecs::describe_command_results(world.client, "t-1", world.in(Seconds(9)));
  CHECK(results->at(0).output == "hi");
  CHECK(results->at(0).finished());
  CHECK_FALSE(results->at(1).finished());
}

TEST_CASE("ecs: disks, images and networks ask as their actions want to be asked") {
  CloudWorld world;
  world.net.otherwise = [](const auto&) { return core::Result<http::Reply>(http::Reply{200, {}, kNothing}); };
  CHECK(ecs::describe_disks(world.client, {{"d-1"}, "", "", "", {}}, world.in(Seconds(9)))->empty());
  CHECK(world.sent(0)["DiskIds"] == R"(["d-1"])");
  CHECK(ecs::describe_images(world.client, {{"m-1", "m-2"}, "", "", "", ""}, world.in(Seconds(9)))->empty());
  CHECK(world.sent(1)["ImageId"] == "m-1,m-2");
  CHECK(ecs::describe_vpcs(world.client, {"vpc-1"}, world.in(Seconds(9)))->empty());
  CHECK(world.net.requests[2].url.starts_with("https://vpc.aliyuncs.com/"));
  CHECK(ecs::authorize_security_group(world.client, "sg-1", {{"tcp", "22/22", "10.0.0.0/8", ""}}, world.in(Seconds(9)))
            .has_value());
  CHECK(world.sent(3)["Permissions.1.SourceCidrIp"] == "10.0.0.0/8");
  CHECK(ecs::untag_resources(world.client, {"instance", {"i-1"}}, {}, world.in(Seconds(9))).has_value());
  CHECK(world.sent(4)["All"] == "true");
}

TEST_CASE("ecs: stock is read per zone and type") {
  CloudWorld world;
  world.net.then(
      200,
      R"({"AvailableZones":{"AvailableZone":[{"ZoneId":"z","AvailableResources":{"AvailableResource":[{"Type":"InstanceType","SupportedResources":{"SupportedResource":[{"Value":"t","Status":"Available","StatusCategory":"WithStock"}]}}]}}]}})");
  const auto stock = ecs::describe_available_resource(world.client, {}, world.in(Seconds(9)));
  REQUIRE(stock->size() == 1);
  CHECK(stock->front().category == "WithStock");
  CHECK(world.sent(0)["SpotStrategy"] == "SpotAsPriceGo");
}

TEST_CASE("ecs: a dry run is asked for where there is one, and nothing is sent where there is none") {
  CloudWorld world;
  auto options = CloudWorld::options();
  options.dry_run = true;
  ecs::Client client(options, {world.net, world.key, world.clock, {}, {}, {}});
  world.net.then(400, error_body("DryRunOperation"));
  CHECK(ecs::is_dry_run_success(*ecs::stop_instances(client, {"i-1", "i-2"}, {}, world.in(Seconds(9))).error().server));
  CHECK(world.sent(0)["DryRun"] == "true");
  CHECK(ecs::tag_resources(client, {"instance", {"i-1"}}, {{"k", "v"}}, world.in(Seconds(9))).error().error.code ==
        ErrorCode::bad_input);
  CHECK(world.net.requests.size() == 1);
}
