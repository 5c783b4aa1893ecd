#include <nlohmann/json.hpp>

#include "e2e/ecs_cloud.h"

/// What preemptctl says and answers when the cloud says no.
using namespace preemptd;
using e2e::Cloud;
using e2e::contains;
using e2e::Words;

namespace {

/// With these keys in the environment, and no others to be found.
e2e::Finished with_key(const Cloud& cloud, const std::string& id, Words words) {
  Words environment{"PATH=/usr/bin:/bin", "HOME=/nonexistent", "ALIBABA_CLOUD_ECS_METADATA_DISABLED=true",
                    "ALIBABA_CLOUD_REGION_ID=cn-hangzhou"};
  if (!id.empty())
    environment.insert(environment.end(),
                       {"ALIBABA_CLOUD_ACCESS_KEY_ID=" + id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=wrong"});
  words.insert(words.end(), {"--config", cloud.world.configuration_file()});
  return e2e::run(e2e::program("preemptctl"), words, environment);
}

}  // namespace

TEST_CASE("ctl: a throttled call says when it tries again, and goes through") {
  Cloud cloud;
  cloud.world.fault({{"target", "api"}, {"kind", "throttle"}, {"value", 300}, {"times", 1}});
  const auto listed = cloud.ctl({"instance", "list"});
  CHECK(listed.exit == 0);
  CHECK(contains(listed.err, "trying again in 300 ms"));
}

TEST_CASE("ctl: when the quota is used up for longer than there is time, the message says until when") {
  Cloud cloud;
  REQUIRE(cloud.world.cloud()
              .post("/set", {{"quota", {{"DescribeInstances", {{"calls", 0}, {"per_seconds", 60}}}}}})
              .has_value());
  const auto refused = cloud.ctl({"instance", "list", "--timeout", "2s"});
  CHECK(refused.exit == 2);
  CHECK(contains(refused.err, "takes the next call in"));
}

TEST_CASE("ctl: a missing permission is named") {
  Cloud cloud;
  REQUIRE(cloud.world.cloud().post("/set", {{"deny", {"StopInstance"}}}).has_value());
  const auto refused = cloud.ctl({"instance", "stop", "i-bp1simulated0000own", "--yes", "--yes-this-node"});
  CHECK(refused.exit == 2);
  CHECK(contains(refused.err, "allow ecs:StopInstance"));
}

TEST_CASE("ctl: the cloud's no to a key is 2, no key at all is 1") {
  const Cloud cloud;
  const auto unknown = with_key(cloud, "nobody", {"instance", "list"});
  CHECK(unknown.exit == 2);
  CHECK(contains(unknown.err, "check the access key"));
  const auto none = with_key(cloud, "", {"instance", "list"});
  CHECK(none.exit == 1);
  CHECK(contains(none.err, "no credentials found"));
  CHECK(contains(none.err, "give a key in ALIBABA_CLOUD_ACCESS_KEY_ID"));
}

TEST_CASE("ctl: whoami says who acts and where the key came from") {
  const Cloud cloud;
  const auto who = cloud.ctl({"whoami", "--output", "json"});
  CHECK(who.exit == 0);
  const auto json = nlohmann::json::parse(who.out, nullptr, false);
  REQUIRE(json.is_object());
  CHECK(json["Source"] == "this instance's RAM role");
  CHECK(json["Arn"].get<std::string>().starts_with("acs:ram::"));
}

TEST_CASE("ctl: a key that the cloud refuses is named by its source") {
  const Cloud cloud;
  CHECK(contains(with_key(cloud, "nobody", {"whoami"}).err,
                 "the key came from the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)"));
}

TEST_CASE("ctl: a query that finds nothing fails") {
  const Cloud cloud;
  const auto nothing = cloud.ctl({"instance", "list", "--query", "/7/Status"});
  CHECK(nothing.exit == 1);
  CHECK(contains(nothing.err, "nothing at /7/Status"));
}

TEST_CASE("ctl: what only subscriptions can do is explained") {
  const Cloud cloud;
  const auto shown = cloud.ctl({"instance", "auto-renew", "i-bp1simulated0000own"});
  CHECK(shown.exit == 2);
  CHECK(contains(shown.err, "only subscriptions"));
  CHECK(cloud.ctl({"instance", "renew", "i-bp1simulated0000own", "--yes"}).exit == 4);
}

TEST_CASE("ctl: to start what runs already is no failure") {
  const Cloud cloud;
  const auto started = cloud.ctl({"instance", "start", "i-bp1simulated0000own"});
  CHECK(started.exit == 0);
  CHECK(contains(started.out, "already Running"));
}

TEST_CASE("ctl: an answer that is not the cloud's is said to be none, and is no refusal") {
  Cloud cloud;
  cloud.world.fault({{"target", "api"}, {"kind", "redirect"}});
  const auto led_astray = cloud.ctl({"instance", "list", "--timeout", "3s"});
  CHECK(led_astray.exit == 1);
  CHECK(contains(led_astray.err, "no answer of the cloud's"));
}

TEST_CASE("ctl: a launch whose answer was lost says that it may have been made") {
  Cloud cloud;
  cloud.world.fault({{"target", "api"}, {"kind", "garbage"}});
  const auto lost = cloud.ctl(cloud.launch({"--timeout", "3s"}));
  CHECK(lost.exit == 1);
  CHECK(contains(lost.err, "the instance may exist"));
  CHECK(contains(lost.err, "--client-token "));
}

TEST_CASE("ctl: to release at once what is not there is no success") {
  const Cloud cloud;
  const auto misspelt = cloud.ctl({"instance", "release", "i-bp1nosuch", "--force", "--yes"});
  CHECK(misspelt.exit == 4);
  CHECK(contains(misspelt.err, "i-bp1nosuch is not known"));
}

TEST_CASE("ctl: one unknown instance and several exit alike") {
  const Cloud cloud;
  CHECK(cloud.ctl({"instance", "start", "i-bp1nosuch"}).exit == 4);
  CHECK(cloud.ctl({"instance", "start", "i-bp1nosuch", "i-bp1neither"}).exit == 4);
}

TEST_CASE("ctl: what cannot be asked for is said before anything is asked") {
  const Cloud cloud;
  const auto says = [&](Words words, const char* what) {
    const auto done = cloud.ctl(std::move(words));
    CHECK(done.exit == 1);
    CHECK(contains(done.err, what));
  };
  says({"tag", "list"}, "give resources, or --tag");
  says({"security-group", "rules"}, "ID is required");
  says({"instance", "expiring", "--until", "tomorrow"}, "not a UTC time such as");
  says({"instance", "auto-release", "i-1", "--in", "1h", "--cancel"}, "give only one of");
  says({"spot", "prices", "ecs.g7.large", "--over", "40d"}, "at most 30 days");
}

TEST_CASE("ctl: a release that gives up names what it stopped, which keeps its address") {
  Cloud cloud;
  const std::string id = cloud.json(cloud.launch({}))["instance_ids"][0];
  REQUIRE(cloud.world.cloud().post("/set", {{"deny", {"DeleteInstance"}}}).has_value());
  const auto kept = cloud.ctl({"instance", "release", id, "--yes"});
  CHECK(kept.exit == 2);
  CHECK(contains(kept.err, "told to stop, but not released: " + id));
  CHECK(cloud.json({"instance", "show", id})["StoppedMode"] == "KeepCharging");
}
