#include "ecs/spot/advice.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/utc.h"

using namespace preemptd;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const core::WallTime kNow = *core::parse_utc("2026-01-02T00:00:00Z");
constexpr ecs::LostTime kTwentyMinutes{minutes(5), minutes(15)};

ecs::PriceSeries steady(const std::string& type, double price, double on_demand = 1.0) {
  return {type, "z", "CNY", on_demand, {{kNow - hours(24), price}}};
}

ecs::SpotOffer offer(const std::string& type, double price, double rate, ecs::Supply supply = ecs::Supply::plenty) {
  return {type, "z", steady(type, price), rate, supply};
}

std::vector<std::string> types_in(const std::vector<ecs::SpotCost>& all) {
  std::vector<std::string> types;
  for (const auto& each : all) types.push_back(each.offer.instance_type);
  return types;
}

}  // namespace

TEST_CASE("advice: the cost is the price divided by the share of paid time that is useful work") {
  const auto cost = ecs::cost_of(offer("t", 0.3, 50), kTwentyMinutes, kNow);
  const double an_hour = -std::log(0.5) / 24;
  CHECK(cost.interruptions_an_hour == doctest::Approx(an_hour));
  CHECK(cost.useful_share == doctest::Approx(1 - an_hour / 3));
  CHECK(*cost.cost == doctest::Approx(0.3 / (1 - an_hour / 3)));
}

TEST_CASE("advice: the cheapest price is not first when it is taken back too often") {
  const auto all = ecs::ranked({offer("cheap", 0.20, 90), offer("safe", 0.21, 1)}, {minutes(5), hours(4)}, kNow);
  CHECK(types_in(all) == std::vector<std::string>{"safe", "cheap"});
  CHECK(types_in(ecs::ranked({offer("cheap", 0.20, 90), offer("safe", 0.21, 1)}, {}, kNow)).front() == "cheap");
}

TEST_CASE("advice: what is interrupted before it gets anywhere has no cost, and comes last") {
  const auto all = ecs::ranked({offer("hopeless", 0.01, 100), offer("dear", 0.9, 1)}, {minutes(5), hours(12)}, kNow);
  CHECK(types_in(all).back() == "hopeless");
  CHECK_FALSE(all.back().cost);
}

TEST_CASE("advice: the bid is a tenth above what the price kept to, in thousandths, and at most the on-demand price") {
  CHECK(ecs::suggested_bid(steady("t", 0.2), kNow) == doctest::Approx(0.22));
  CHECK(ecs::suggested_bid(steady("t", 0.1234), kNow) == doctest::Approx(0.136));
  CHECK(ecs::suggested_bid(steady("t", 0.95), kNow) == 1.0);
  CHECK(ecs::suggested_bid(steady("t", 0.95, 0), kNow) == doctest::Approx(1.045));
  auto spike = steady("t", 0.2);
  spike.steps.push_back({kNow - minutes(20), 0.9});
  spike.steps.push_back({kNow - minutes(10), 0.2});
  CHECK(ecs::suggested_bid(spike, kNow) == doctest::Approx(0.22));  // ten minutes of a day are under one percent
}

TEST_CASE("advice: each time the price rises above the bid counts as an interruption") {
  auto series = steady("t", 0.2);
  for (const int hour : {20, 10}) {
    series.steps.push_back({kNow - hours(hour), 0.9});
    series.steps.push_back({kNow - hours(hour) + minutes(5), 0.95});
    series.steps.push_back({kNow - hours(hour) + minutes(10), 0.2});
  }
  CHECK(ecs::exceedings_an_hour(series, kNow, 0.5) == doctest::Approx(2.0 / 24));
  CHECK(ecs::exceedings_an_hour(series, kNow, 1.0) == 0);
}

TEST_CASE("advice: the order to try ends on demand, and has no spot offer that costs as much or cannot be had") {
  const auto all = ecs::ranked(
      {offer("a", 0.2, 1), offer("gone", 0.1, 1, ecs::Supply::sold_out), offer("b", 0.3, 1), offer("dear", 0.8, 1)},
      kTwentyMinutes, kNow);
  const std::vector<ecs::OnDemandOffer> on_demand{{"x", "z", 0.6, ecs::Supply::sold_out}, {"y", "z", 0.7, {}}};
  const auto choices = ecs::fallbacks(all, on_demand, 5);
  REQUIRE(choices.size() == 3);
  CHECK(choices[0].instance_type == "a");
  CHECK(choices[0].bid);
  CHECK(choices[1].instance_type == "b");
  CHECK(choices[2].instance_type == "y");
  CHECK_FALSE(choices[2].spot);
  CHECK(choices[2].cost == 0.7);
  CHECK(ecs::fallbacks(all, on_demand, 1).size() == 2);
  CHECK(ecs::fallbacks({}, {}, 5).empty());
}

TEST_CASE("advice: stock is the limit where something cheaper is sold out") {
  const auto gone = offer("gone", 0.1, 1, ecs::Supply::sold_out);
  CHECK(types_in(ecs::limited_by_stock(ecs::ranked({offer("a", 0.2, 1), gone}, {}, kNow))) ==
        std::vector<std::string>{"gone"});
  CHECK(ecs::limited_by_stock(ecs::ranked({offer("a", 0.05, 1), gone}, {}, kNow)).empty());
  CHECK(ecs::limited_by_stock(ecs::ranked({gone}, {}, kNow)).size() == 1);
}

TEST_CASE("advice: a size is vCPU and memory, in either order") {
  for (const char* text : {"4 vCPU, 16 GiB", "4vcpu 16gb", "16 GiB / 4 cores", "4c16g", " 4 CPUs,16 GB "}) {
    CAPTURE(text);
    const auto size = ecs::parse_size(text);
    REQUIRE(size);
    CHECK(size->cores == 4);
    CHECK(size->memory_gib == 16);
  }
  CHECK(ecs::parse_size("1 vCPU, 0.5 GiB")->memory_gib == 0.5);
  for (const char* text :
       {"", "4", "4 vCPU", "16 GiB", "4 vCPU 8 vCPU", "4.5 vCPU 16 GiB", "-4 vCPU 16 GiB", "0 vCPU, 16 GiB",
        "4 vCPU, 16 GiB, 1 GPU", "4 vCPU, 16 MiB", "nan vCPU 1 GiB", "inf c 1 g"}) {
    CAPTURE(text);
    CHECK_FALSE(ecs::parse_size(text));
  }
}
