#include "cli/spot/advise_view.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utc.h"

using namespace preemptd;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const core::WallTime kNow = *core::parse_utc("2026-01-02T00:00:00Z");

ecs::SpotOffer offer(const std::string& type, double price, ecs::Supply supply) {
  return {type, "z", {type, "z", "CNY", 1.0, {{kNow - hours(24), price}}}, 2, supply};
}

cli::AdviceShown shown(const std::vector<ecs::SpotOffer>& offers) {
  cli::AdviceShown advice;
  advice.lost = {minutes(5), minutes(15)};
  advice.offers = ecs::ranked(offers, advice.lost, kNow);
  advice.fallbacks = ecs::fallbacks(advice.offers, {{"t", "z", 1.0, ecs::Supply::plenty}}, 5);
  advice.release_texts.assign(advice.offers.size(), "0-3%");
  return advice;
}

}  // namespace

TEST_CASE("advice view: every cost comes with its calculation") {
  const auto json = cli::as_json(shown({offer("a", 0.2, ecs::Supply::plenty)}));
  CHECK(json["offers"][0]["calculation"] == "0.2000 / (1 - 0.0008 x 0.33 h)");
  CHECK(json["offers"][0]["stock"] == "plenty");
  CHECK(json["fallbacks"].back()["buy"] == "on-demand");
  CHECK(json["fallbacks"].back()["bid"].is_null());
  CHECK(json["lost_time"]["drain_seconds"] == 300);
}

TEST_CASE("advice view: rows are as long as the heading, in the order of the ranking") {
  const auto advice = shown({offer("dear", 0.4, ecs::Supply::low), offer("cheap", 0.2, ecs::Supply::plenty)});
  const auto table = cli::offers_table(advice);
  REQUIRE(table.rows.size() == 2);
  for (const auto& row : table.rows) CHECK(row.size() == table.columns.size());
  CHECK(table.rows[0][0].text == "cheap");
  for (const auto& row : cli::fallbacks_table(advice).rows) CHECK(row.size() == 6);
}

TEST_CASE(
    "advice view: what is sold out and would cost less is named, and so is a first offer of which little is left") {
  const auto plenty = offer("a", 0.2, ecs::Supply::plenty);
  CHECK(cli::stock_remark(shown({plenty}).offers).empty());
  CHECK(cli::stock_remark(shown({plenty, offer("gone", 0.1, ecs::Supply::sold_out)}).offers) ==
        "stock is the limit, not the price; sold out: gone in z for 0.1000");
  CHECK(cli::stock_remark(shown({plenty, offer("gone", 0.9, ecs::Supply::sold_out)}).offers).empty());
  CHECK(cli::stock_remark(shown({plenty, offer("few", 0.1, ecs::Supply::low)}).offers) ==
        "stock may become the limit: little is left of few in z");
}

TEST_CASE("advice view: the legend says where the drain time comes from") {
  auto advice = shown({offer("a", 0.2, ecs::Supply::plenty)});
  CHECK(cli::legend_of(advice).find("drains here") == std::string::npos);
  advice.drains_measured = 3;
  CHECK(cli::legend_of(advice).find("mean of 3 drains here") != std::string::npos);
}
