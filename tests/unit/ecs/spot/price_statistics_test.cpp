#include "ecs/spot/price_statistics.h"

#include <doctest/doctest.h>

#include "core/utc.h"

using namespace preemptd;
using ecs::SpotPrice;

namespace {

SpotPrice point(const char* zone, const char* at, double price) {
  SpotPrice made;
  made.instance_type = "t";
  made.zone_id = zone;
  made.at = at;
  made.price = price;
  made.on_demand = 1;
  made.currency = "CNY";
  return made;
}

/// 0.4 for an hour, 0.1 for seven, 0.8 for half an hour, 0.2 for one hour and a half: ten hours.
std::vector<SpotPrice> ten_hours() {
  return {point("a", "2026-01-01T08:00:00Z", 0.8), point("a", "2026-01-01T00:00:00Z", 0.4),
          point("a", "2026-01-01T01:00:00Z", 0.1), point("a", "2026-01-01T08:30:00Z", 0.2)};
}

ecs::PriceSummary summary(const std::vector<SpotPrice>& history, std::optional<double> bid = {}) {
  return ecs::summary_of(ecs::series_of(history).at(0), *core::parse_utc("2026-01-01T10:00:00Z"), bid);
}

}  // namespace

TEST_CASE("prices: every figure is weighted by how long a price held") {
  const auto all = summary(ten_hours());
  CHECK(all.now == 0.2);
  CHECK(all.least == 0.1);
  CHECK(all.mean == doctest::Approx((0.4 + 0.7 + 0.4 + 0.3) / 10));
  CHECK(all.median == 0.1);
  CHECK(all.p95 == 0.4);
  CHECK(all.most == 0.8);
  CHECK(all.saving() == doctest::Approx(0.8));
  CHECK(all.points == 4);
  CHECK(all.changes == 3);
  CHECK(all.currency == "CNY");
  CHECK_FALSE(all.under_bid.has_value());
}

TEST_CASE("prices: the share of time under a bid counts the bid itself as enough") {
  CHECK(*summary(ten_hours(), 0.1).under_bid == doctest::Approx(0.7));
  CHECK(*summary(ten_hours(), 0.2).under_bid == doctest::Approx(0.85));
  CHECK(*summary(ten_hours(), 0.05).under_bid == 0);
  CHECK(*summary(ten_hours(), 0.8).under_bid == doctest::Approx(1));
}

TEST_CASE("prices: the trend compares the last quarter with what came before") {
  const auto rising = summary({point("a", "2026-01-01T00:00:00Z", 0.2), point("a", "2026-01-01T07:30:00Z", 0.3)});
  CHECK(rising.trend == doctest::Approx(0.5));
  CHECK(summary({point("a", "2026-01-01T00:00:00Z", 0.2)}).trend == doctest::Approx(0));
}

TEST_CASE("prices: a point that is as old as the question counts, and one without a readable time does not") {
  const auto fresh = summary({point("a", "2026-01-01T10:00:00Z", 0.3), point("a", "yesterday", 9)}, 0.3);
  CHECK(fresh.points == 1);
  CHECK(fresh.mean == 0.3);
  CHECK(fresh.p95 == 0.3);
  CHECK(fresh.trend == 0);
  CHECK(*fresh.under_bid == 1);
}

TEST_CASE("prices: each type in each zone is a series of its own, and an empty one is all zeros") {
  auto other = point("b", "2026-01-01T00:00:00Z", 0.2);
  other.instance_type = "u";
  const auto all =
      ecs::series_of({point("b", "2026-01-01T00:00:00Z", 0.2), point("a", "2026-01-01T00:00:00Z", 0.2), other});
  REQUIRE(all.size() == 3);
  CHECK(all[0].zone_id == "a");
  CHECK(all[2].instance_type == "u");
  CHECK(ecs::series_of({}).empty());
  CHECK(ecs::summary_of({}, {}).most == 0);
}
