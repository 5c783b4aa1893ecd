#include "cli/spot/advise_view.h"

#include <nlohmann/json.hpp>

#include "cli/terminal/numbers.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

std::string_view word_for(ecs::Supply supply) {
  switch (supply) {
    case ecs::Supply::plenty: return "plenty";
    case ecs::Supply::low: return "low";
    case ecs::Supply::sold_out: break;
  }
  return "sold out";
}

Tone tone_for(ecs::Supply supply) {
  return supply == ecs::Supply::plenty ? Tone::good : supply == ecs::Supply::low ? Tone::warn : Tone::bad;
}

double hours_in(core::Millis time) {
  return static_cast<double>(time.count()) / 3'600'000;
}

std::string place_of(const ecs::SpotCost& each) {
  return core::printable(each.offer.instance_type + " in " + each.offer.zone_id, 160);
}

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json offer_json(const ecs::SpotCost& each, const std::string& release_text, const ecs::LostTime& lost) {
  const auto& prices = each.offer.prices;
  return {{"instance_type", each.offer.instance_type},
          {"zone_id", each.offer.zone_id},
          {"cost", number_or_null(each.cost)},
          {"calculation", calculation_of(each, lost)},
          {"price", each.price},
          {"price_now", prices.steps.back().price},
          {"on_demand", prices.on_demand > 0 ? Json(prices.on_demand) : Json(nullptr)},
          {"currency", prices.currency},
          {"bid", each.bid},
          {"interruption_rate", each.offer.release_rate},
          {"interruption_text", release_text},
          {"interruptions_an_hour", each.interruptions_an_hour},
          {"useful_share", each.useful_share},
          {"stock", word_for(each.offer.supply)}};
}

}  // namespace

Json as_json(const AdviceShown& advice) {
  Json offers = Json::array(), choices = Json::array(), limited = Json::array();
  for (std::size_t i = 0; i < advice.offers.size(); ++i)
    offers.push_back(offer_json(advice.offers[i], advice.release_texts[i], advice.lost));
  for (const auto& each : advice.fallbacks) {
    choices.push_back({{"instance_type", each.instance_type},
                       {"zone_id", each.zone_id},
                       {"buy", each.spot ? "spot" : "on-demand"},
                       {"bid", number_or_null(each.bid)},
                       {"cost", each.cost}});
  }
  for (const auto& each : ecs::limited_by_stock(advice.offers))
    limited.push_back({{"instance_type", each.offer.instance_type}, {"zone_id", each.offer.zone_id}});
  return {{"offers", offers},
          {"fallbacks", choices},
          {"limited_by_stock", limited},
          {"lost_time",
           {{"drain_seconds", advice.lost.drain.count() / 1000},
            {"rework_seconds", advice.lost.rework.count() / 1000},
            {"drains_measured", advice.drains_measured}}}};
}

Table offers_table(const AdviceShown& advice) {
  Table table{{{"TYPE"},
               {"ZONE"},
               {"COST", Align::right},
               {"PRICE", Align::right, false, 2},
               {"TAKEN BACK", Align::right},
               {"A DAY", Align::right, false, 4},
               {"USEFUL", Align::right, false, 5},
               {"ON DEMAND", Align::right, false, 3},
               {"BID", Align::right},
               {"STOCK"},
               {"CURRENCY", Align::left, false, 6}},
              {},
              "nothing that fits is sold as spot here",
              true};
  for (std::size_t i = 0; i < advice.offers.size(); ++i) {
    const auto& each = advice.offers[i];
    const auto& prices = each.offer.prices;
    table.rows.push_back({each.offer.instance_type,
                          each.offer.zone_id,
                          each.cost ? Cell{decimal(*each.cost, 4), Tone::strong} : Cell{"-", Tone::bad},
                          decimal(each.price, 4),
                          advice.release_texts[i],
                          decimal(each.interruptions_an_hour * 24, 2),
                          decimal(each.useful_share * 100, 1) + "%",
                          prices.on_demand > 0 ? decimal(prices.on_demand, 4) : "-",
                          decimal(each.bid, 3),
                          {std::string(word_for(each.offer.supply)), tone_for(each.offer.supply)},
                          prices.currency});
  }
  return table;
}

Table fallbacks_table(const AdviceShown& advice) {
  Table table{{{"TRY", Align::right}, {"TYPE"}, {"ZONE"}, {"BUY"}, {"BID", Align::right}, {"COST", Align::right}},
              {},
              "nothing of it can be had now",
              true};
  for (const auto& each : advice.fallbacks) {
    table.rows.push_back({std::to_string(table.rows.size() + 1), each.instance_type, each.zone_id,
                          each.spot ? "spot" : "on-demand", each.bid ? decimal(*each.bid, 3) : "-",
                          decimal(each.cost, 4)});
  }
  return table;
}

std::string calculation_of(const ecs::SpotCost& cost, const ecs::LostTime& lost) {
  if (!cost.cost) return "no useful work";
  return decimal(cost.price, 4) + " / (1 - " + decimal(cost.interruptions_an_hour, 4) + " x " +
         decimal(hours_in(lost.each()), 2) + " h)";
}

std::string legend_of(const AdviceShown& advice) {
  std::string text = "COST is the price of an hour of useful work: PRICE / USEFUL; each interruption costs ";
  text += spoken(advice.lost.drain.count()) + " of drain";
  if (advice.drains_measured > 0) text += " (mean of " + std::to_string(advice.drains_measured) + " drains here)";
  text += " and " + spoken(advice.lost.rework.count()) + " of rework";
  if (advice.offers.empty()) return text;
  return text + "; the first: " + calculation_of(advice.offers.front(), advice.lost);
}

std::string stock_remark(const std::vector<ecs::SpotCost>& offers) {
  constexpr std::size_t kMostNamed = 3;
  const auto limited = ecs::limited_by_stock(offers);
  if (limited.empty()) {
    const bool little = !offers.empty() && offers.front().offer.supply == ecs::Supply::low;
    return little ? "stock may become the limit: little is left of " + place_of(offers.front()) : "";
  }
  std::vector<std::string> names;
  for (const auto& each : limited) {
    if (names.size() < kMostNamed) names.push_back(place_of(each) + " for " + decimal(*each.cost, 4));
  }
  auto text = "stock is the limit, not the price; sold out: " + core::join(names);
  if (limited.size() > kMostNamed) text += " and " + std::to_string(limited.size() - kMostNamed) + " more";
  return text;
}

}  // namespace preemptd::cli
