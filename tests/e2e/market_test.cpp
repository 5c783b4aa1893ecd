#include <regex>
#include <set>

#include "e2e/ecs_cloud.h"

/// The commands about the spot market, against a simulated one.
using namespace preemptd;
using core::Json;
using e2e::Cloud;
using e2e::contains;
using e2e::Words;

TEST_CASE("market: spot prices of many types come side by side, each with its figures, cheapest first") {
  const Cloud cloud;
  Words words{"spot", "prices", "--over", "240h", "--zone", "cn-hangzhou-i", "--zone", "cn-hangzhou-j", "--bid", "0.3"};
  const Words types{"ecs.g7.large", "ecs.c7.large", "ecs.r7.large", "ecs.g8i.large", "ecs.c8i.large", "ecs.g6.large"};
  words.insert(words.end(), types.begin(), types.end());
  const auto all = cloud.json(words);
  REQUIRE(all.size() == 12);
  std::set<std::string> places;
  double before = 0;
  for (const auto& each : all) {
    places.insert(each["instance_type"].get<std::string>() + each["zone_id"].get<std::string>());
    CHECK(each["now"] >= before);
    before = each["now"];
    CHECK(each["min"] <= each["median"]);
    CHECK(each["median"] <= each["p95"]);
    CHECK(each["p95"] <= each["max"]);
    CHECK(each["max"] <= each["on_demand"]);
    CHECK(each["changes"] > 5);
    CHECK(each["changes"] < each["points"]);
    CHECK(each["currency"] == "CNY");
    CHECK(each["under_bid"] <= 1);
  }
  CHECK(places.size() == 12);
}

TEST_CASE("market: a type that is not sold here costs only itself, and exits 4") {
  const Cloud cloud;
  const auto ran = cloud.ctl({"spot", "prices", "ecs.g7.large", "ecs.nosuch.large", "--output", "json"});
  CHECK(ran.exit == 4);
  CHECK(contains(ran.err, "ecs.nosuch.large: not sold here"));
  CHECK(Json::parse(ran.out).size() == 5);
  CHECK(cloud.ctl({"spot", "prices", "ecs.nosuch.large"}).exit == 2);
}

TEST_CASE("market: types asked for side by side do not use up each other's tries where the account is throttled") {
  Cloud cloud;
  const Json quota{{"DescribeSpotPriceHistory", {{"calls", 1}, {"per_seconds", 1}}}};
  REQUIRE(cloud.world.cloud().post("/set", {{"quota", quota}}).has_value());
  Words words{"spot", "prices", "--zone", "cn-hangzhou-i", "--output", "json"};
  for (const char* family : {"g7", "c7", "r7", "g8i", "c8i", "r8i", "g6", "c6", "r6", "g5"})
    words.push_back("ecs." + std::string(family) + ".large");
  const auto ran = cloud.ctl(words);
  INFO(ran.err);
  CHECK(ran.exit == 0);
  CHECK(Json::parse(ran.out, nullptr, false).size() == 10);
  CHECK(contains(ran.err, "too many calls for the account"));
}

TEST_CASE("market: spot prices --chart draws for people alone") {
  const Cloud cloud;
  const Words asked{"spot", "prices", "ecs.g7.large", "--zone", "cn-hangzhou-i", "--chart"};
  CHECK(std::regex_search(cloud.ctl(asked).out, std::regex("0\\.000 ┤ *█")));
  CHECK(cloud.json(asked).size() == 1);
}

TEST_CASE("market: a picture that cannot be written fails the command") {
  const Cloud cloud;
  const auto ran = cloud.ctl({"spot", "prices", "ecs.g7.large", "--svg", cloud.world.folder() / "no/such/folder.svg"});
  CHECK(ran.exit == 1);
  CHECK(contains(ran.err, "no/such/folder.svg"));
}

TEST_CASE("market: bids and times that make no sense are refused before anything is asked") {
  const Cloud cloud;
  CHECK(cloud.ctl({"spot", "prices", "ecs.g7.large", "--bid", "cheap"}).exit == 1);
  CHECK(cloud.ctl({"spot", "prices", "ecs.g7.large", "--bid", "-1"}).exit == 1);
  CHECK(cloud.ctl({"spot", "prices", "ecs.g7.large", "--over", "721h"}).exit == 1);
}

namespace {

Json checks_of(const Json& verdict) {
  Json checks = Json::object();
  for (const auto& each : verdict["checks"]) checks[each["check"].get<std::string>()] = each["holds"];
  return checks;
}

}  // namespace

TEST_CASE("market: worth-starting says yes on a quiet instance, and no once its end is known") {
  Cloud cloud;
  const auto ran = cloud.ctl({"worth-starting", "--needs", "10m", "--output", "json"});
  INFO(ran.err);
  CHECK(ran.exit == 0);
  const auto verdict = Json::parse(ran.out);
  CHECK(verdict["worth_starting"] == true);
  CHECK(verdict["instance_id"] == "i-bp1simulated0000own");
  CHECK(checks_of(verdict).contains("release rate"));
  CHECK(
      cloud.ctl({"instance", "auto-release", "i-bp1simulated0000own", "--in", "1h", "--yes", "--yes-this-node"}).exit ==
      0);
  const auto late = cloud.ctl({"worth-starting", "--needs", "2h", "--output", "json"});
  CHECK(late.exit == 1);
  CHECK(checks_of(Json::parse(late.out))["auto-release"] == false);
  cloud.world.reclaim(core::Seconds(300));
  const auto noticed = cloud.ctl({"worth-starting", "--needs", "1m", "--output", "json"});
  CHECK(noticed.exit == 1);
  CHECK(checks_of(Json::parse(noticed.out))["notice"] == false);
}

TEST_CASE("market: worth-starting does not ask the market about the protected first hour") {
  Cloud cloud;
  const std::string id = cloud.json(cloud.launch({"--spot", "--spot-duration", "1", "--no-wait"}))["instance_ids"][0];
  REQUIRE(cloud.world.cloud().post("/set", {{"deny", {"DescribeSpotAdvice"}}}).has_value());
  CHECK(cloud.ctl({"worth-starting", "--needs", "40m", "--instance", id}).exit == 0);
  CHECK(cloud.ctl({"worth-starting", "--needs", "70m", "--instance", id}).exit == 2);
}

TEST_CASE("market: a look-up that fails is no verdict of worth-starting") {
  Cloud cloud;
  for (const char* action : {"DescribeSpotAdvice", "DescribeInstances"}) {
    CAPTURE(action);
    REQUIRE(cloud.world.cloud().post("/set", {{"deny", {action}}}).has_value());
    const auto ran = cloud.ctl({"worth-starting", "--needs", "10m"});
    CHECK(ran.exit == 2);
    CHECK(contains(ran.err, action));
    CHECK(ran.out.empty());
  }
  REQUIRE(cloud.world.cloud().post("/set", {{"deny", nullptr}}).has_value());
  CHECK(cloud.ctl({"worth-starting", "--needs", "10m", "--instance", "i-bp1nosuch"}).exit == 4);
  REQUIRE(cloud.world.cloud().post("/set", {{"http_endpoint", "disabled"}}).has_value());
  CHECK(cloud.ctl({"worth-starting", "--needs", "10m"}).exit == 3);
  CHECK(cloud.ctl({"worth-starting"}).exit == 1);
}

TEST_CASE("market: spot advise ranks what fits by the cost of useful work, shows how, and ends on demand") {
  const Cloud cloud;
  const auto advice = cloud.json({"spot", "advise", "--for", "4 vCPU, 16 GiB", "--zone", "cn-hangzhou-i"});
  REQUIRE(advice["offers"].size() > 5);
  double before = 0;
  for (const auto& each : advice["offers"]) {
    CHECK(each["zone_id"] == "cn-hangzhou-i");
    CHECK(each["cost"] >= before);
    before = each["cost"];
    CHECK(each["price"] <= each["cost"]);
    CHECK(each["bid"] <= each["on_demand"]);
    CHECK(contains(each["calculation"], " / (1 - "));
  }
  const auto& choices = advice["fallbacks"];
  CHECK(choices.size() == 6);
  CHECK(choices[0]["buy"] == "spot");
  CHECK(choices.back()["buy"] == "on-demand");
  const auto rows = cloud.ctl({"spot", "advise", "ecs.g7.large", "--output", "csv"}).out;
  CHECK(rows.starts_with("TYPE,ZONE,COST,PRICE,TAKEN BACK,"));
}

TEST_CASE("market: spot advise for a size asks for the stock of all types at once") {
  Cloud cloud;
  CHECK(cloud.ctl({"spot", "advise", "--for", "2 vCPU, 8 GiB"}).exit == 0);
  const auto log = cloud.world.cloud().get("/requests?target=api");
  REQUIRE(log.has_value());
  int questions = 0;
  for (const auto& each : (*log)["requests"])
    questions += each.contains("action") && each["action"] == "DescribeAvailableResource" ? 1 : 0;
  CHECK(questions == 2);  // as spot, and on demand
}

TEST_CASE("market: spot advise says that stock is the limit, and tries nothing that is sold out") {
  Cloud cloud;
  const Words asked{"spot", "advise", "ecs.c7.large", "ecs.g7.large", "--zone", "cn-hangzhou-i"};
  const auto words_of_json = cloud.json(asked);
  const std::string first = words_of_json["offers"][0]["instance_type"];
  REQUIRE(cloud.world.cloud().post("/set", {{"stock", {{first, 0}}}}).has_value());
  const auto ran = cloud.ctl(asked);
  CHECK(ran.exit == 0);
  CHECK(contains(ran.err, "stock is the limit, not the price; sold out: " + first));
  const auto limited = cloud.json(asked);
  CHECK(limited["limited_by_stock"][0]["instance_type"] == first);
  for (const auto& each : limited["fallbacks"]) CHECK(each["instance_type"] != first);
}

TEST_CASE("market: spot advise takes the time of a drain from this node's records") {
  e2e::World world;
  world.hook("10-quick", "exit 0");
  world.start_agent();
  world.reclaim(core::Seconds(90));
  REQUIRE(world.drained());
  const auto ran = world.ctl({"spot", "advise", "ecs.g7.large", "--output", "json"});
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
  const auto lost = Json::parse(ran.out)["lost_time"];
  CHECK(lost["drains_measured"] == 1);
  CHECK(lost["drain_seconds"] > 60);
  CHECK(lost["drain_seconds"] <= 90);
}

TEST_CASE("market: spot advise refuses what it cannot rank") {
  const Cloud cloud;
  CHECK(cloud.ctl({"spot", "advise"}).exit == 1);
  CHECK(cloud.ctl({"spot", "advise", "--for", "much"}).exit == 1);
  CHECK(cloud.ctl({"spot", "advise", "ecs.g7.large", "--for", "4 vCPU, 16 GiB"}).exit == 1);
  CHECK(cloud.ctl({"spot", "advise", "ecs.nosuch.large"}).exit == 4);
}
