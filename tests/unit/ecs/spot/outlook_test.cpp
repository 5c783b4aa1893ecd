#include "ecs/spot/outlook.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/utc.h"

using namespace preemptd;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const core::WallTime kNow = *core::parse_utc("2026-01-02T00:00:00Z");

/// A spot instance that follows the market, taken back at one percent a day.
ecs::InstanceProspects safe() {
  ecs::InstanceProspects facts;
  facts.now = kNow;
  facts.release_rate = 1;
  return facts;
}

/// Prices of the 24 hours before now, each from its hour on.
ecs::PriceSeries prices(const std::vector<std::pair<int, double>>& hour_and_price) {
  ecs::PriceSeries series{"t", "z", "CNY", 1.0, {}};
  for (const auto& [hour, price] : hour_and_price) series.steps.push_back({kNow - hours(24 - hour), price});
  return series;
}

const ecs::OutlookCheck* check_of(const ecs::Outlook& outlook, const std::string& name) {
  const auto found =
      std::find_if(outlook.checks.begin(), outlook.checks.end(), [&](const auto& each) { return each.name == name; });
  return found == outlook.checks.end() ? nullptr : &*found;
}

bool fails(const ecs::InstanceProspects& facts, core::Millis needs, const std::string& name) {
  const auto outlook = ecs::outlook_of(facts, needs, 0.05);
  const auto* check = check_of(outlook, name);
  return !outlook.worth_starting && check != nullptr && !check->holds;
}

}  // namespace

TEST_CASE("outlook: work is worth starting where nothing speaks against it") {
  const auto outlook = ecs::outlook_of(safe(), minutes(40), 0.05);
  CHECK(outlook.worth_starting);
  CHECK(outlook.risk < 0.001);
  for (const auto& each : outlook.checks) CHECK(each.holds);
}

TEST_CASE("outlook: a notice and a lock say no, however short the work") {
  auto noticed = safe();
  noticed.taken_back_at = kNow + minutes(5);
  CHECK(fails(noticed, minutes(1), "notice"));
  CHECK(ecs::outlook_of(noticed, minutes(1), 0.05).risk == 1);
  auto locked = safe();
  locked.recycling = true;
  CHECK(fails(locked, minutes(1), "notice"));
}

TEST_CASE("outlook: an auto-release or expiry before the end of the work says no, one at the end does not") {
  auto facts = safe();
  facts.auto_release = kNow + minutes(40);
  CHECK(ecs::outlook_of(facts, minutes(40), 0.05).worth_starting);
  CHECK(fails(facts, minutes(41), "auto-release"));
  auto subscription = safe();
  subscription.preemptible = false;
  subscription.expires = kNow + hours(1);
  CHECK(ecs::outlook_of(subscription, minutes(40), 0.05).worth_starting);
  CHECK(fails(subscription, hours(2), "expiry"));
}

TEST_CASE("outlook: while the instance is protected neither price nor release rate count") {
  auto facts = safe();
  facts.protected_until = kNow + minutes(45);
  facts.price_limit = 0.1;
  facts.prices = prices({{0, 0.5}});
  facts.release_rate = 100;
  CHECK(ecs::exposure_of(facts, minutes(40)).count() == 0);
  CHECK(ecs::outlook_of(facts, minutes(40), 0.05).worth_starting);
  CHECK(ecs::exposure_of(facts, minutes(50)) == minutes(5));
  CHECK(fails(facts, minutes(50), "price"));
}

TEST_CASE("outlook: an instance that cannot be preempted is not judged by the market") {
  auto facts = safe();
  facts.preemptible = false;
  facts.release_rate = 100;
  const auto outlook = ecs::outlook_of(facts, hours(30), 0.05);
  CHECK(outlook.worth_starting);
  CHECK(check_of(outlook, "release rate") == nullptr);
}

TEST_CASE("outlook: a price above the limit, or rising to it within the work, says no") {
  auto facts = safe();
  facts.price_limit = 0.4;
  facts.prices = prices({{0, 0.2}, {23, 0.41}});
  CHECK(fails(facts, minutes(40), "price"));
  facts.prices = prices({{0, 0.2}, {20, 0.25}, {23, 0.32}});  // 0.12 more in six hours
  CHECK(ecs::outlook_of(facts, minutes(40), 0.05).worth_starting);
  CHECK(fails(facts, hours(5), "price"));
  facts.prices = prices({{0, 0.39}, {20, 0.2}});  // falling
  CHECK(ecs::outlook_of(facts, hours(5), 0.5).worth_starting);
  facts.prices.reset();
  CHECK(fails(facts, minutes(40), "price"));
}

TEST_CASE("outlook: without a price limit the price does not count") {
  auto facts = safe();
  facts.prices = prices({{0, 9.0}});
  CHECK(ecs::outlook_of(facts, minutes(40), 0.05).worth_starting);
}

TEST_CASE("outlook: a release rate is a chance a day, and one that is not known counts as certain") {
  CHECK(ecs::chance_within(10, hours(24)) == doctest::Approx(0.1));
  CHECK(ecs::chance_within(10, hours(48)) == doctest::Approx(0.19));
  CHECK(ecs::chance_within(10, core::Millis{0}) == 0);
  CHECK(ecs::chance_within(100, hours(1)) == 1);
  auto facts = safe();
  facts.release_rate = 20;
  CHECK(ecs::outlook_of(facts, minutes(40), 0.05).worth_starting);
  CHECK(fails(facts, hours(12), "risk"));
  facts.release_rate.reset();
  CHECK(fails(facts, minutes(40), "risk"));
}

TEST_CASE("outlook: the price history tells from how many moments the limit was exceeded in time") {
  // Within the limit for 10 h, above it for 2 h, within it for 12 h up to now.
  const auto series = prices({{0, 0.2}, {10, 0.9}, {12, 0.2}});
  CHECK(*ecs::share_of_starts_exceeding(series, kNow, 0.5, hours(2)) == doctest::Approx(2.0 / 20));
  CHECK(*ecs::share_of_starts_exceeding(series, kNow, 0.5, hours(20)) == doctest::Approx(1));
  CHECK(*ecs::share_of_starts_exceeding(series, kNow, 1.0, hours(2)) == 0);
  CHECK_FALSE(ecs::share_of_starts_exceeding(series, kNow, 0.1, hours(2)));
}
