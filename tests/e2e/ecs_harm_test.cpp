#include "cli/command/cloud_facts.h"
#include "cli/command/command.h"
#include "e2e/ecs_cloud.h"
#include "sys/file_lock.h"

/// What could cost people a machine, an address or money, and does not.
using namespace preemptd;
using core::Json;
using e2e::Cloud;
using e2e::contains;
using e2e::Words;

namespace {

const std::string kOwn = "i-bp1simulated0000own";

std::string launched(const Cloud& cloud, const Words& more = {}) {
  return cloud.json(cloud.launch(more))["instance_ids"][0];
}

void protect(const Cloud& cloud, const std::string& id) {
  REQUIRE(
      cloud.ctl({"api", "ecs", "ModifyInstanceAttribute", "--InstanceId", id, "--DeletionProtection", "true"}).exit ==
      0);
}

/// The actions the cloud was asked for, each once for each call.
std::vector<std::string> asked(Cloud& cloud) {
  const auto log = cloud.world.cloud().get("/requests?target=api");
  REQUIRE(log.has_value());
  std::vector<std::string> actions;
  for (const auto& each : (*log)["requests"]) {
    if (each.contains("action") && each["action"].is_string()) actions.push_back(each["action"]);
  }
  return actions;
}

Words with_launch_words(Words words, const Words& more) {
  words.insert(words.end(), {"--image", "debian_12_10_x64_20G_alibase_20250630.vhd", "--type", "ecs.g7.large", "--zone",
                             "cn-hangzhou-i"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words create(const Words& more) {
  return with_launch_words({"instance", "create"}, more);
}

}  // namespace

TEST_CASE("harm: what can never be released is neither stopped nor found good by a dry run") {
  const Cloud cloud;
  const auto id = launched(cloud, {"--bandwidth", "5"});
  const std::string address = cloud.json({"instance", "show", id})["PublicIpAddress"]["IpAddress"][0];
  protect(cloud, id);
  for (const Words& how : {Words{}, Words{"--force"}, Words{"--dry-run"}}) {
    Words words{"instance", "release", id, "--yes"};
    words.insert(words.end(), how.begin(), how.end());
    const auto refused = cloud.ctl(words);
    CHECK(refused.exit == 2);
    CHECK(contains(refused.err, "deletion protection is on"));
    CHECK(contains(refused.err, "nothing was changed"));
  }
  const auto now = cloud.json({"instance", "show", id});
  CHECK(now["Status"] == "Running");
  CHECK(now["PublicIpAddress"]["IpAddress"][0] == address);

  const auto subscription = launched(cloud, {"--period", "1"});
  const auto paid = cloud.ctl({"instance", "release", subscription, "--yes"});
  CHECK(paid.exit == 2);
  CHECK(contains(paid.err, "it is a subscription, paid for until"));
  CHECK(cloud.json({"instance", "show", subscription})["Status"] == "Running");
}

TEST_CASE("harm: a dry run of a release tries the stop and the release, and changes nothing") {
  Cloud cloud;
  const auto id = launched(cloud);
  const auto dry = cloud.json({"instance", "release", id, "--dry-run", "--snapshot"});
  CHECK(dry["dry_run"] == "passed");
  CHECK(dry["tried"].size() == 2);
  CHECK(dry["not_tried"].size() == 1);
  CHECK(cloud.json({"instance", "show", id})["Status"] == "Running");
  REQUIRE(cloud.world.cloud().post("/set", {{"deny", {"DeleteInstance"}}}).has_value());
  const auto denied = cloud.ctl({"instance", "release", id, "--dry-run"});
  CHECK(denied.exit == 2);
  CHECK(contains(denied.err, "allow ecs:DeleteInstance"));
}

TEST_CASE("harm: a stop keeps the address, and giving it back names it and asks") {
  const Cloud cloud;
  const auto id = launched(cloud, {"--bandwidth", "5"});
  const auto address = [&] { return cloud.json({"instance", "show", id})["PublicIpAddress"]["IpAddress"]; };
  const std::string before = address()[0];
  REQUIRE(cloud.ctl({"instance", "stop", id, "--wait"}).exit == 0);
  CHECK(address()[0] == before);
  CHECK(contains(cloud.ctl({"instance", "show", id}).out, "KeepCharging"));
  REQUIRE(cloud.ctl({"instance", "start", id, "--wait"}).exit == 0);
  const auto asks = cloud.ctl({"instance", "stop", id, "--stop-charging"});
  CHECK(asks.exit == 1);
  CHECK(contains(asks.err, "lost for good: " + before + " of " + id));
  CHECK(cloud.json({"instance", "show", id})["Status"] == "Running");
  REQUIRE(cloud.ctl({"instance", "stop", id, "--stop-charging", "--yes", "--wait"}).exit == 0);
  CHECK(cloud.json({"instance", "show", id})["StoppedMode"] == "StopCharging");
  CHECK(cloud.ctl({"instance", "stop", id, "--stop-charging", "--keep-charging"}).exit == 1);
}

TEST_CASE("harm: whatever ends or changes the own node wants it said twice") {
  const Cloud cloud;
  for (const Words& words : {Words{"instance", "stop", kOwn},
                             {"instance", "stop", kOwn, "--force", "--yes"},
                             {"instance", "reboot", kOwn},
                             {"instance", "reboot", "i-other", kOwn, "--yes"},
                             {"instance", "release", kOwn, "--yes"},
                             {"instance", "auto-release", kOwn, "--in", "1h"},
                             {"instance", "metadata", kOwn, "--endpoint-switch", "disabled", "--yes"},
                             {"instance", "role", "other-role", kOwn, "--yes"},
                             {"instance", "public-ip", kOwn, "--bandwidth", "0", "--yes"},
                             {"spot", "drill", kOwn, "--for-real", "--yes"}}) {
    CAPTURE(words[1]);
    const auto spared = cloud.ctl(words);
    CHECK(spared.exit == 1);
    CHECK(contains(spared.err, "--yes-this-node"));
  }
  const auto now = cloud.json({"instance", "show", kOwn});
  CHECK(now["Status"] == "Running");
  CHECK(now["AutoReleaseTime"] == "");
  CHECK(cloud.ctl({"instance", "auto-release", kOwn, "--in", "1h", "--yes", "--yes-this-node"}).exit == 0);
  CHECK(cloud.ctl({"instance", "auto-release", kOwn, "--cancel"}).exit == 0);
}

TEST_CASE("harm: an instance that cannot be told from the own node is treated as it") {
  Cloud cloud;
  const auto id = launched(cloud);
  cloud.world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  const auto key = Words{"PATH=/usr/bin:/bin",
                         "HOME=/nonexistent",
                         "ALIBABA_CLOUD_ECS_METADATA_DISABLED=true",
                         "ALIBABA_CLOUD_REGION_ID=cn-hangzhou",
                         "ALIBABA_CLOUD_ACCESS_KEY_ID=simulator-key",
                         "ALIBABA_CLOUD_ACCESS_KEY_SECRET=simulator-secret"};
  const auto blind =
      e2e::run(e2e::program("preemptctl"), {"instance", "stop", id, "--config", cloud.world.configuration_file()}, key);
  CHECK(blind.exit == 1);
  CHECK(contains(blind.err, "does not say which"));
}

TEST_CASE("harm: create does what was asked for, with and without waiting") {
  const Cloud cloud;
  const auto made = cloud.json(create({"--bandwidth", "5"}));
  const std::string id = made["instance_ids"][0];
  CHECK(cloud.json({"instance", "show", id})["PublicIpAddress"]["IpAddress"].size() == 1);
  const auto quick = cloud.json(create({"--bandwidth", "5", "--no-wait"}));
  const std::string other = quick["instance_ids"][0];
  CHECK(cloud.ctl({"instance", "wait", other, "--timeout", "20s"}).exit == 0);
  CHECK(cloud.json({"instance", "show", other})["PublicIpAddress"]["IpAddress"].size() == 1);
}

TEST_CASE("harm: what a launch cannot have is refused before anything is made") {
  Cloud cloud;
  const auto refused = [&](const Words& words, const char* why) {
    const auto done = cloud.ctl(words);
    CHECK(done.exit == 1);
    CHECK(contains(done.err, why));
  };
  refused(create({"--public-ip"}), "--public-ip wants --bandwidth above 0");
  refused(create({"--public-ip", "--bandwidth", "0"}), "--public-ip wants --bandwidth above 0");
  refused(create({"--spot", "--period", "1"}), "cannot be a subscription");
  refused(create({"--when-taken-back", "Stop"}), "give --spot, too");
  refused(cloud.launch({"--period-unit", "Week"}), "--period-unit wants --period");
  refused(cloud.launch({"--min-amount", "3", "-n", "2"}), "--min-amount is more");
  for (const auto& action : asked(cloud)) CHECK_FALSE((action == "RunInstances" || action == "CreateInstance"));
}

TEST_CASE("harm: a create that runs out of time says that nobody starts the instance") {
  Cloud cloud;
  REQUIRE(cloud.world.cloud().post("/set", {{"transition_ms", 30'000}}).has_value());
  const auto late = cloud.ctl(create({"--timeout", "2s"}));
  INFO(late.err);
  CHECK(late.exit == 3);
  CHECK(contains(late.err, "exists and is not started, and nobody starts it now: preemptctl instance start i-"));
  CHECK_FALSE(contains(late.err, "what was begun goes on"));
}

TEST_CASE("harm: bandwidth and an address are given to an instance that has none, and what is set is shown") {
  const Cloud cloud;
  const auto id = launched(cloud);
  const auto without = cloud.ctl({"instance", "public-ip", id});
  CHECK(without.exit == 2);
  CHECK(contains(without.err, "--bandwidth MBIT"));
  const auto now = cloud.json({"instance", "public-ip", id, "--bandwidth", "5"});
  CHECK(now["bandwidth_out"] == 5);
  CHECK(now["ip_address"].is_string());
  const auto asks = cloud.ctl({"instance", "public-ip", id, "--bandwidth", "0"});
  CHECK(asks.exit == 1);
  CHECK(contains(asks.err, "loses its address"));
}

TEST_CASE("harm: the client token of a lost launch makes no second instance") {
  const Cloud cloud;
  const auto first = cloud.json(cloud.launch({"--client-token", "token-of-mine"}));
  const auto again = cloud.json(cloud.launch({"--client-token", "token-of-mine"}));
  CHECK(first["instance_ids"] == again["instance_ids"]);
  CHECK(cloud.json({"instance", "list"}).size() == 2);
}

TEST_CASE("harm: a renewal is counted by the expiry, also when its answer is lost") {
  Cloud cloud;
  const auto id = launched(cloud, {"--period", "1"});
  const std::string before = cloud.json({"instance", "show", id})["ExpiredTime"];
  cloud.world.fault({{"target", "api"}, {"kind", "reset"}, {"only", "RenewInstance"}});
  const auto renewed = cloud.ctl({"instance", "renew", id, "--yes", "--output", "json", "--timeout", "60s"});
  INFO(renewed.err);
  const auto now = cloud.json({"instance", "show", id})["ExpiredTime"].get<std::string>();
  const auto told = Json::parse(renewed.out);
  CHECK(now > before);
  CHECK(told[0]["expires_after"] == now);
  CHECK(renewed.exit == 0);
}

TEST_CASE("harm: with JSON what goes wrong is one JSON document on standard error") {
  const Cloud cloud;
  const auto unknown = cloud.ctl({"instance", "start", "i-nosuch", "--output", "json"});
  CHECK(unknown.exit == 4);
  const auto error = Json::parse(unknown.err)["error"];
  CHECK(error["code"] == "InvalidInstanceId.NotFound");
  CHECK(error["action"] == "ecs:StartInstance");
  CHECK_FALSE(error["request_id"].get<std::string>().empty());
  const auto usage = cloud.ctl({"instance", "list", "--nonsense", "--output", "json"});
  CHECK(usage.exit == 1);
  CHECK(Json::parse(usage.err)["error"]["code"] == "usage");
}

TEST_CASE("harm: lists are picked from, and written for shells, sheets and YAML readers") {
  const Cloud cloud;
  CHECK(cloud.ctl({"instance", "list", "--query", "/0/InstanceId"}).out == "\"" + kOwn + "\"\n");
  CHECK(cloud.ctl({"instance", "list", "--query", "/0/InstanceId", "-o", "text"}).out == kOwn + "\n");
  CHECK(contains(cloud.ctl({"instance", "list", "-o", "csv"}).out, "INSTANCE,NAME,STATUS"));
  CHECK(contains(cloud.ctl({"instance", "list", "-o", "yaml"}).out, "  InstanceId: " + kOwn));
  CHECK(contains(cloud.ctl({"instance", "show", kOwn, "-o", "yaml"}).out, "Status: Running"));
}

TEST_CASE("harm: lists take filters, bare dates and more ids than fit into one call") {
  const Cloud cloud;
  const auto id = launched(cloud, {"--period", "1"});
  CHECK(cloud.json({"instance", "list", "--charge-type", "PrePaid"}).size() == 1);
  CHECK(cloud.json({"instance", "expiring", "--within", "60d"}).size() == 1);
  CHECK(cloud.json({"instance", "expiring", "--within", "1d"}).empty());
  CHECK(cloud.json({"instance", "expiring", "--until", "2090-01-01"}).size() == 1);
  const std::string group = cloud.json({"instance", "show", id})["SecurityGroupIds"]["SecurityGroupId"][0];
  CHECK(cloud.json({"instance", "expiring", "--within", "60d", "--security-group", group}).size() == 1);
  CHECK(cloud.json({"instance", "list", "--security-group", "sg-nosuch"}).empty());
  Words many{"instance", "list"};
  for (int i = 0; i < 230; ++i) many.push_back("i-nosuch" + std::to_string(i));
  many.push_back(id);
  CHECK(cloud.json(many).size() == 1);
  for (const char* what : {"disk", "image", "vpc", "tag"}) {
    many[0] = what;
    CAPTURE(what);
    CHECK(cloud.ctl(many).exit == 0);
  }
}

TEST_CASE("harm: a value may look like an option") {
  const Cloud cloud;
  const auto shown = cloud.ctl(
      {"api", "ecs", "ModifyInstanceAttribute", "--InstanceId", "i-1", "--Description", "-h", "--show-request"});
  CHECK(contains(shown.out, "Description=-h"));
  const auto named = cloud.ctl(cloud.launch({"--name", "-h", "--show-request"}));
  CHECK(contains(named.out, "InstanceName=-h"));
}

TEST_CASE("harm: without an agent the metadata service is asked, and nobody is called safe by silence") {
  Cloud cloud;
  const auto none = cloud.ctl({"remaining"});
  CHECK(none.exit == 4);
  CHECK(contains(none.err, "preemptd does not run here"));
  cloud.world.reclaim(e2e::Seconds(120));
  const auto left = cloud.ctl({"remaining"});
  CHECK(left.exit == 0);
  CHECK(std::stoi(left.out) > 60);
  CHECK(cloud.ctl({"await", "--timeout", "20s"}).exit == 0);
  cloud.world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  CHECK(cloud.ctl({"remaining"}).exit == 1);
  const auto hopeless = cloud.ctl({"await", "--timeout", "20s"});
  CHECK(hopeless.exit == 1);
  CHECK(contains(hopeless.err, "no source for a notice"));
}

TEST_CASE("harm: commands send no action that their permissions leave out") {
  const std::vector<Words> lines{{"instance", "list"},
                                 {"instance", "expiring"},
                                 {"disk", "list"},
                                 {"snapshot", "list"},
                                 {"image", "list"},
                                 {"security-group", "list"},
                                 {"vpc", "list"},
                                 {"vswitch", "list"},
                                 {"region", "list"},
                                 {"region", "zones"},
                                 {"tag", "list", kOwn},
                                 {"spot", "zones"},
                                 {"spot", "prices", "ecs.g7.large"},
                                 {"spot", "advise", "ecs.g7.large"},
                                 {"worth-starting", "--needs", "3h", "--instance", "ID"},
                                 {"spot", "watch", "--timeout", "300ms"},
                                 {"instance", "show", "ID"},
                                 {"instance", "wait", "ID"},
                                 {"instance", "stop", "ID", "--stop-charging", "--yes", "--wait"},
                                 {"instance", "start", "ID", "--wait"},
                                 {"instance", "reboot", "ID"},
                                 {"instance", "wait", "ID"},
                                 {"instance", "auto-release", "ID", "--in", "1h"},
                                 {"instance", "public-ip", "ID", "--bandwidth", "5"},
                                 {"instance", "metadata", "ID", "--tokens", "required"},
                                 {"spot", "drill", "ID"},
                                 {"tag", "add", "ID", "--tag", "a=b"},
                                 {"tag", "remove", "ID", "--key", "a"},
                                 {"instance", "auto-renew", "ID"},
                                 {"instance", "renew", "ID", "--yes"},
                                 {"instance", "release", "ID", "--yes"},
                                 create({"--bandwidth", "5"}),
                                 with_launch_words({"instance", "run"}, {}),
                                 with_launch_words({"spot", "launch"}, {})};
  Cloud cloud;
  const auto id = launched(cloud);
  for (auto words : lines) {
    for (auto& word : words) word = word == "ID" ? id : word;
    const auto before = asked(cloud).size();
    cloud.ctl(words);
    const auto* of_two_words = cli::facts_of(words[0] + " " + words[1]);
    const auto* facts = of_two_words != nullptr ? of_two_words : cli::facts_of(words[0]);
    REQUIRE(facts != nullptr);
    const auto now = asked(cloud);
    CAPTURE(facts->command);
    CHECK(now.size() > before);
    for (auto at = before; at < now.size(); ++at) {
      CAPTURE(now[at]);
      const bool allowed = std::any_of(facts->actions.begin(), facts->actions.end(),
                                       [&](const auto& each) { return each.ends_with(":" + now[at]); });
      CHECK(allowed);
    }
  }
}

namespace {

/// Two places, of which the first has one instance left, and a home of its own for what is remembered.
struct ScarceCloud {
  Cloud cloud;
  Words words{"spot",    "launch",
              "--image", "debian_12_10_x64_20G_alibase_20250630.vhd",
              "--try",   "ecs.g7.large@cn-hangzhou-i",
              "--try",   "ecs.r7.large@cn-hangzhou-j",
              "-n",      "3",
              "--state", cloud.world.folder() / "launch.json"};

  ScarceCloud() { REQUIRE(cloud.world.cloud().post("/set", {{"stock", {{"ecs.g7.large", 1}}}}).has_value()); }
  e2e::Finished launch(const Words& more = {}) const {
    auto all = words;
    all.insert(all.end(), more.begin(), more.end());
    return cloud.ctl(all);
  }
  std::size_t instances() const { return cloud.json({"instance", "list"}).size(); }
};

std::string token_in(const std::string& text) {
  const auto from = text.find("--client-token ") + 15;
  return text.substr(from, text.find_first_of(" :\n", from) - from);
}

}  // namespace

TEST_CASE("harm: a launch fills up at the next place what the first has not, and repeated makes no more") {
  const ScarceCloud scarce;
  const auto before = scarce.instances();
  const auto first = scarce.launch({"--client-token", "fill"});
  INFO(first.err);
  CHECK(first.exit == 0);
  CHECK(contains(first.err, "ecs.g7.large@cn-hangzhou-i: 1 of 3 made"));
  CHECK(scarce.instances() == before + 3);
  const auto again = scarce.launch({"--client-token", "fill"});
  CHECK(again.exit == 0);
  CHECK(scarce.instances() == before + 3);
}

TEST_CASE("harm: a launch whose answer was lost goes on with its token, and makes nothing twice") {
  ScarceCloud scarce;
  const auto before = scarce.instances();
  scarce.cloud.world.fault({{"target", "api"}, {"kind", "reset"}, {"only", "RunInstances"}});
  const auto lost = scarce.launch({"--timeout", "4s"});
  INFO(lost.err);
  CHECK(lost.exit != 0);
  REQUIRE(contains(lost.err, "--client-token "));
  REQUIRE(scarce.cloud.world.cloud().post("/reset", {{"only", "faults"}}).has_value());
  CHECK(scarce.instances() == before + 1);
  const auto again = scarce.launch({"--client-token", token_in(lost.err)});
  INFO(again.err);
  CHECK(again.exit == 0);
  CHECK(scarce.instances() == before + 3);
}

TEST_CASE("harm: two launches of the same token are never at work at once, nor one of other places") {
  const ScarceCloud scarce;
  const auto lock = sys::FileLock::take(scarce.cloud.world.folder() / "launch.json.lock");
  REQUIRE(lock.has_value());
  CHECK(contains(scarce.launch().err, "another preemptctl is at this launch"));
  const ScarceCloud free;
  REQUIRE(free.launch({"--client-token", "t"}).exit == 0);
  CHECK(contains(free.launch({"--client-token", "t", "--try", "ecs.c7.large"}).err, "was begun with other places"));
}

TEST_CASE(
    "harm: a budget is kept by every instance's own limit, and a launch that cannot keep it is refused before any "
    "call") {
  ScarceCloud scarce;
  CHECK(contains(scarce.launch({"--budget", "0.9", "--price-limit", "0.4"}).err, "less than --price-limit"));
  CHECK(contains(scarce.launch({"--budget", "0.03"}).err, "InvalidSpotPriceLimit.LowerThanPublicPrice"));
  const auto actions = asked(scarce.cloud);
  CHECK(std::count(actions.begin(), actions.end(), "RunInstances") == 2);
}

TEST_CASE("harm: an instance like another one has what that has") {
  const Cloud cloud;
  const auto made = cloud.json({"spot", "launch", "--like", kOwn, "--state", cloud.world.folder() / "like.json"});
  const auto own = cloud.json({"instance", "show", kOwn});
  const auto like = cloud.json({"instance", "show", std::string(made["instance_ids"][0])});
  for (const char* name : {"InstanceType", "ImageId", "ZoneId", "SecurityGroupIds", "SpotStrategy"})
    CHECK(like[name] == own[name]);
}
