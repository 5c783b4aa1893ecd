#include "core/utc.h"
#include "e2e/ecs_cloud.h"

/// preemptctl's verbs against the simulated control plane.
using namespace preemptd;
using core::Json;
using e2e::Cloud;
using e2e::contains;

TEST_CASE("ctl: the node's own instance is found with nothing but the role's key") {
  const Cloud cloud;
  const auto list = cloud.json({"instance", "list"});
  REQUIRE(list.size() == 1);
  CHECK(list[0]["InstanceId"] == "i-bp1simulated0000own");
  const auto table = cloud.ctl({"instance", "list"});
  CHECK(contains(table.out, "INSTANCE"));
  CHECK(contains(table.out, "i-bp1simulated0000own"));
}

TEST_CASE("ctl: an instance is launched, stopped, started and released") {
  const Cloud cloud;
  const auto launched = cloud.json(cloud.launch({"--spot", "--amount", "2", "--tag", "pool=a"}));
  REQUIRE(launched["instance_ids"].size() == 2);
  CHECK(launched["running"] == true);
  const std::string first = launched["instance_ids"][0], second = launched["instance_ids"][1];

  CHECK(cloud.json({"instance", "list", "--tag", "pool=a"}).size() == 2);
  CHECK(cloud.ctl({"instance", "stop", first, "--wait"}).exit == 0);
  CHECK(cloud.json({"instance", "show", first})["Status"] == "Stopped");
  CHECK(cloud.ctl({"instance", "start", first, "--wait"}).exit == 0);
  CHECK(cloud.json({"instance", "show", first})["Status"] == "Running");
  CHECK(cloud.json({"instance", "release", first, second, "--yes"})["released"].size() == 2);
  CHECK(cloud.json({"instance", "list", "--tag", "pool=a"}).empty());
  CHECK(cloud.ctl({"instance", "show", first}).exit == 4);
}

TEST_CASE("ctl: create makes one instance and sees it run") {
  const Cloud cloud;
  const auto created =
      cloud.json({"instance", "create", "--image", "debian_12_10_x64_20G_alibase_20250630.vhd", "--type",
                  "ecs.g7.large", "--zone", "cn-hangzhou-i", "--bandwidth", "5", "--public-ip"});
  CHECK(created["running"] == true);
  CHECK(created["instance_ids"].size() == 1);
}

TEST_CASE("ctl: releasing asks, and the own node wants it said twice") {
  const Cloud cloud;
  const auto unasked = cloud.ctl({"instance", "release", "i-bp1other"});
  CHECK(unasked.exit == 1);
  CHECK(contains(unasked.err, "--yes"));
  const auto own = cloud.ctl({"instance", "release", "i-bp1simulated0000own", "--yes"});
  CHECK(own.exit == 1);
  CHECK(contains(own.err, "--yes-this-node"));
  CHECK(cloud.json({"instance", "list"}).size() == 1);
}

TEST_CASE("ctl: a release goes on without the ids nobody knows, and a wait that saw nothing says why") {
  const Cloud cloud;
  const std::string own = "i-bp1simulated0000own";
  const auto gone = cloud.ctl({"instance", "release", own, "i-gone", "--yes", "--yes-this-node", "--output", "json"});
  CHECK(gone.exit == 0);
  CHECK(contains(gone.err, "i-gone is not known; there is nothing to release"));
  CHECK(contains(gone.out, own));
  CHECK_FALSE(contains(gone.out, "i-gone"));
  const auto blind = cloud.ctl({"instance", "wait", own, "--endpoint", "http://127.0.0.1:1", "--timeout", "1s"});
  CHECK(blind.exit == 3);
  CHECK(contains(blind.err, "the last look failed: ecs:DescribeInstanceStatus at http://127.0.0.1:1/"));
}

TEST_CASE("ctl: a wait that runs out exits 3, an unknown instance 4, the cloud's no 2") {
  const Cloud cloud;
  const auto late = cloud.ctl({"instance", "wait", "i-bp1simulated0000own", "--for", "Stopped", "--timeout", "1s"});
  CHECK(late.exit == 3);
  CHECK(contains(late.err, "time ran out"));
  CHECK(cloud.ctl({"instance", "start", "i-bp1nosuch"}).exit == 4);
  const auto refused = cloud.ctl({"api", "ecs", "RebootInstance"});
  CHECK(refused.exit == 2);
  CHECK(contains(refused.err, "request "));
}

TEST_CASE("ctl: any action can be called, with JSON, flat and file parameters") {
  const Cloud cloud;
  const auto status = cloud.ctl({"api", "ecs", "describeinstances", "--InstanceIds", R"(["i-bp1simulated0000own"])",
                                 "--output", "json", "--query", "/Instances/Instance/0/Status"});
  CHECK(contains(status.out, "Running"));
  const auto tagged = cloud.ctl({"api", "ecs", "TagResources", "--ResourceType", "instance", "--ResourceId.1",
                                 "i-bp1simulated0000own", "--Tag", R"([{"Key":"a","Value":"b c"}])"});
  CHECK(tagged.exit == 0);
  CHECK(cloud.json({"tag", "list", "i-bp1simulated0000own"})[0]["TagValue"] == "b c");
  const auto doubted = cloud.ctl({"api", "ecs", "DescribeInstances", "--InstanceIdz", "x"});
  CHECK(contains(doubted.err, "did you mean InstanceIds?"));
  for (const char* ids : {R"(["a","b"])", "a,b"}) {
    const auto commas = cloud.ctl({"api", "vpc", "GrantInstanceToVbr", "--VbrInstanceIds", ids, "--show-request"});
    CHECK(contains(commas.out, "VbrInstanceIds=a,b"));
  }
}

TEST_CASE("ctl: --show-request sends nothing and shows no secret") {
  const Cloud cloud;
  const auto shown = cloud.ctl({"instance", "stop", "i-bp1simulated0000own", "--show-request"});
  CHECK(shown.exit == 0);
  CHECK(contains(shown.out, "StoppedMode=KeepCharging"));
  CHECK(contains(shown.out, "Authorization: ***"));
  CHECK_FALSE(contains(shown.out, "Signature="));
  CHECK(cloud.json({"instance", "show", "i-bp1simulated0000own"})["Status"] == "Running");
}

TEST_CASE("ctl: --show-request blots out secrets wherever they travel, and is JSON where that was asked for") {
  const Cloud cloud;
  const auto shown = cloud.ctl(
      {"api", "ecs", "ModifyInstanceVncPasswd", "--InstanceId", "i-1", "--VncPassword", "hunter2", "--show-request"});
  CHECK(shown.exit == 0);
  CHECK(contains(shown.out, "VncPassword=***"));
  CHECK_FALSE(contains(shown.out, "hunter2"));
  const auto json = cloud.json(
      {"api", "sts", "AssumeRoleWithOIDC", "--OIDCToken", "hunter2", "--RoleSessionName", "s", "--show-request"});
  CHECK(json["parameters"]["OIDCToken"] == "***");
  CHECK(json["parameters"]["RoleSessionName"] == "s");
}

TEST_CASE("ctl: a launch's flags win over its file: whole lists of disks and groups, tags by their key") {
  const Cloud cloud;
  const auto file = cloud.world.folder().write("launch.json", R"({"Amount": 2, "SecurityGroupIds": ["sg-a", "sg-b"],
      "DataDisk": [{"Category": "cloud_ssd", "Size": 20}, {"Size": 30}],
      "Tag": [{"Key": "pool", "Value": "a"}, {"Key": "owner", "Value": "x"}]})");
  const auto words = cloud.launch(
      {"--from", file, "--security-group", "sg-c", "--tag", "pool=b", "--data-disk", "99", "--show-request"});
  const auto sent = cloud.json(words)["parameters"];
  CHECK(sent["SecurityGroupId"] == "sg-c");
  CHECK_FALSE(sent.contains("SecurityGroupIds.1"));
  CHECK(sent["DataDisk.1.Size"] == "99");
  CHECK_FALSE(sent.contains("DataDisk.1.Category"));
  CHECK_FALSE(sent.contains("DataDisk.2.Size"));
  CHECK(sent["Tag.1.Key"] == "owner");
  CHECK(sent["Tag.2.Value"] == "b");
  CHECK(sent["Amount"] == "2");
}

TEST_CASE("ctl: a name in a launch's file that the action does not know is doubted") {
  const Cloud cloud;
  const auto file =
      cloud.world.folder().write("launch.json", R"({"InstanceNam": "a", "Tag": [{"Key": "a", "Value": "b"}]})");
  const auto shown = cloud.ctl(cloud.launch({"--from", file, "--show-request"}));
  CHECK(contains(shown.err, "RunInstances has no parameter InstanceNam that we know of"));
  CHECK_FALSE(contains(shown.err, "Tag"));
}

TEST_CASE("ctl: a launch takes its release time as the other verbs do") {
  const Cloud cloud;
  const auto later = core::format_utc(core::system_clock().wall_now() + std::chrono::hours(24)).substr(0, 16);
  const auto sent = cloud.json(cloud.launch({"--auto-release", later + "Z", "--show-request"}))["parameters"];
  CHECK(sent["AutoReleaseTime"] == later + ":00Z");
  CHECK(cloud.ctl(cloud.launch({"--auto-release", "tomorrow"})).exit == 1);
}

TEST_CASE("ctl: a launch that makes fewer than asked for says so") {
  Cloud cloud;
  REQUIRE(cloud.world.cloud().post("/set", {{"stock", {{"ecs.g7.large", 2}}}}).has_value());
  const auto some = cloud.ctl(cloud.launch({"-n", "5", "--min-amount", "1", "--output", "json"}));
  CHECK(some.exit == 0);
  CHECK(contains(some.err, "only 2 of the 5 asked for were made"));
  const auto told = Json::parse(some.out);
  CHECK(told["asked"] == 5);
  CHECK(told["made"] == 2);
}

TEST_CASE("ctl: a renewal counts the ids that are no subscription") {
  const Cloud cloud;
  const std::string id = cloud.json(cloud.launch({"--period", "1"}))["instance_ids"][0];
  const auto renewed = cloud.ctl({"instance", "renew", id, "i-bp1nosuch", "--yes", "--output", "json"});
  CHECK(renewed.exit == 4);
  CHECK(contains(renewed.err, "1 of 2 renewed"));
  const auto told = Json::parse(renewed.out);
  CHECK(told[0]["outcome"] == "renewed");
  CHECK(contains(told[1]["outcome"], "no subscription"));
}

TEST_CASE("ctl: a dry run that passes is a success and changes nothing") {
  const Cloud cloud;
  auto words = cloud.launch({"--dry-run"});
  const auto dry = cloud.ctl(words);
  CHECK(dry.exit == 0);
  CHECK(contains(dry.out, "dry run passed"));
  CHECK(cloud.json({"instance", "list"}).size() == 1);
}

TEST_CASE("ctl: older gateways are spoken to with V1 signatures") {
  const Cloud cloud;
  CHECK(cloud.json({"instance", "list", "--signature-v1"}).size() == 1);
}

TEST_CASE("ctl: a wrong endpoint says what to check") {
  const Cloud cloud;
  const auto lost = cloud.ctl({"instance", "list", "--endpoint", "http://127.0.0.1:1", "--timeout", "2s"});
  CHECK(lost.exit == 1);
  CHECK(contains(lost.err, "check --endpoint"));
}

TEST_CASE("ctl: the spot market is shown: stock, prices and advice") {
  const Cloud cloud;
  CHECK_FALSE(cloud.json({"spot", "zones", "--type", "ecs.g7.large"}).empty());
  const auto prices = cloud.json({"spot", "prices", "ecs.g7.large"});
  REQUIRE_FALSE(prices.empty());
  CHECK(prices[0]["now"] > 0);
  CHECK(prices[0]["max"] >= prices[0]["median"]);
  CHECK_FALSE(cloud.json({"spot", "advise", "ecs.g7.large"})["offers"].empty());
}

TEST_CASE("ctl: spot watch tells of a reclaim and ends when all are gone") {
  Cloud cloud;
  const std::string id = cloud.json(cloud.launch({"--spot"}))["instance_ids"][0];
  REQUIRE(cloud.world.cloud().post("/reclaim", {{"instance_id", id}, {"notice_seconds", 1}}).has_value());
  const auto watched = cloud.ctl(
      {"spot", "watch", id, "--until-gone", "--calls-per-minute", "240", "--timeout", "20s", "--output", "text"});
  CHECK(watched.exit == 0);
  CHECK(contains(watched.out, "recycling\t" + id));
  CHECK(contains(watched.out, "vanished\t" + id));
}

TEST_CASE("ctl: spot watch says that nothing matches, and does not take that for all gone") {
  const Cloud cloud;
  for (const auto& what : {std::vector<std::string>{"--tag", "no=such"}, {"i-bp1nosuch"}}) {
    std::vector<std::string> words{"spot", "watch", "--until-gone", "--calls-per-minute", "600"};
    words.insert(words.end(), what.begin(), what.end());
    const auto watched = cloud.ctl(words);
    CHECK(watched.exit == 4);
    CHECK(contains(watched.err, "warning: no instance"));
    CHECK(contains(watched.err, "no instance was there to begin with"));
  }
  CHECK(contains(cloud.ctl({"spot", "watch", "--help"}).out, "without it, never"));
}

TEST_CASE("ctl: spot watch goes on while nothing happens") {
  const Cloud cloud;
  const auto watched =
      cloud.ctl({"spot", "watch", "--calls-per-minute", "600", "--timeout", "500ms", "--output", "json"});
  CHECK(watched.exit == 0);
  CHECK(watched.out.empty());
}

TEST_CASE("ctl: what instances stand in is made and listed") {
  const Cloud cloud;
  const std::string vpc = cloud.json({"vpc", "create", "--block", "172.16.0.0/12", "--name", "v"})["vpc_id"];
  CHECK(cloud.json({"vpc", "list", vpc})[0]["Status"] == "Available");
  const std::string vswitch = cloud.json({"vswitch", "create", vpc, "cn-hangzhou-i", "172.16.1.0/24"})["vswitch_id"];
  CHECK(cloud.json({"vswitch", "list", "--vpc-id", vpc})[0]["VSwitchId"] == vswitch);
  const std::string group =
      cloud.json({"security-group", "create", "--vpc-id", vpc, "--name", "g"})["security_group_id"];
  CHECK(cloud.ctl({"security-group", "allow", group, "--from", "10.0.0.0/8", "--ports", "22/22"}).exit == 0);
  CHECK(cloud.json({"security-group", "list", group}).size() == 1);
  CHECK_FALSE(cloud.json({"region", "list"}).empty());
}
