#include "ecs/spot/advice.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <tuple>

#include "core/text.h"

namespace preemptd::ecs {
namespace {

constexpr double kHoursADay = 24;

double hours_of(core::Millis time) {
  return static_cast<double>(time.count()) / 3'600'000;
}

/// The smallest price within which the series was for this share of the time.
double price_within(const PriceSeries& series, core::WallTime until, double share) {
  std::vector<double> prices;
  for (const auto& step : series.steps) prices.push_back(step.price);
  std::sort(prices.begin(), prices.end());
  const auto enough = std::partition_point(prices.begin(), prices.end() - 1, [&](double price) {
    return summary_of(series, until, price).under_bid.value_or(0) < share;
  });
  return *enough;
}

/// Of constant danger, so that it is the same for every hour.
double releases_an_hour(double release_rate_percent) {
  constexpr double kAlmostCertain = 0.999;
  const double chance_a_day = std::clamp(release_rate_percent / 100, 0.0, kAlmostCertain);
  return -std::log1p(-chance_a_day) / kHoursADay;
}

bool can_be_had(const SpotCost& each) {
  return each.cost && each.offer.supply != Supply::sold_out;
}

const OnDemandOffer* cheapest(const std::vector<OnDemandOffer>& offers) {
  const OnDemandOffer* best = nullptr;
  for (const auto& each : offers) {
    const bool had = each.supply != Supply::sold_out && each.price > 0;
    if (had && (best == nullptr || each.price < best->price)) best = &each;
  }
  return best;
}

bool is_cores(std::string_view unit) {
  return unit == "vcpu" || unit == "vcpus" || unit == "cpu" || unit == "cpus" || unit == "c" || unit == "cores";
}

bool is_memory(std::string_view unit) {
  return unit == "gib" || unit == "gb" || unit == "g";
}

/// A number and the word behind it, taken off the front of `text`. False: there is none.
bool take_quantity(std::string_view& text, double& number, std::string& unit) {
  const auto blank = [](char c) { return c == ' ' || c == ',' || c == '/' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t length = 0;
  while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length])) != 0) ++length;
  unit = core::to_lower(text.substr(0, length));
  text.remove_prefix(length);
  return true;
}

}  // namespace

double suggested_bid(const PriceSeries& series, core::WallTime until) {
  constexpr double kShare = 0.99, kHeadroom = 1.1, kThousand = 1000;
  const double wanted = price_within(series, until, kShare) * kHeadroom;
  const double bid = std::ceil(wanted * kThousand - 1e-6) / kThousand;
  return series.on_demand > 0 ? std::min(bid, series.on_demand) : bid;
}

double exceedings_an_hour(const PriceSeries& series, core::WallTime until, double bid) {
  const auto span = std::chrono::duration_cast<core::Millis>(until - series.steps.front().at);
  if (span.count() <= 0) return 0;
  int exceedings = 0;
  for (std::size_t i = 1; i < series.steps.size(); ++i)
    exceedings += series.steps[i].price > bid && series.steps[i - 1].price <= bid ? 1 : 0;
  return exceedings / hours_of(span);
}

SpotCost cost_of(const SpotOffer& offer, const LostTime& lost, core::WallTime until) {
  SpotCost cost;
  cost.offer = offer;
  cost.price = summary_of(offer.prices, until).mean;
  cost.bid = suggested_bid(offer.prices, until);
  cost.interruptions_an_hour = releases_an_hour(offer.release_rate) + exceedings_an_hour(offer.prices, until, cost.bid);
  cost.useful_share = std::max(0.0, 1 - cost.interruptions_an_hour * hours_of(lost.each()));
  if (cost.useful_share > 0) cost.cost = cost.price / cost.useful_share;
  return cost;
}

std::vector<SpotCost> ranked(const std::vector<SpotOffer>& offers, const LostTime& lost, core::WallTime until) {
  std::vector<SpotCost> all;
  for (const auto& each : offers) all.push_back(cost_of(each, lost, until));
  const auto place = [](const SpotCost& each) {
    return std::tuple(!can_be_had(each), !each.cost.has_value(), each.cost.value_or(0), each.offer.instance_type,
                      each.offer.zone_id);
  };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return all;
}

std::vector<LaunchChoice> fallbacks(const std::vector<SpotCost>& ranked, const std::vector<OnDemandOffer>& on_demand,
                                    std::size_t most_spot) {
  const auto* last = cheapest(on_demand);
  std::vector<LaunchChoice> choices;
  for (const auto& each : ranked) {
    if (choices.size() == most_spot || !can_be_had(each)) break;
    if (last != nullptr && *each.cost >= last->price) break;
    choices.push_back({each.offer.instance_type, each.offer.zone_id, true, each.bid, *each.cost});
  }
  if (last != nullptr) choices.push_back({last->instance_type, last->zone_id, false, std::nullopt, last->price});
  return choices;
}

std::vector<SpotCost> limited_by_stock(const std::vector<SpotCost>& ranked) {
  const auto first = std::find_if(ranked.begin(), ranked.end(), can_be_had);
  std::vector<SpotCost> limited;
  for (const auto& each : ranked) {
    const bool cheaper = each.cost && (first == ranked.end() || *each.cost < *first->cost);
    if (cheaper && each.offer.supply == Supply::sold_out) limited.push_back(each);
  }
  return limited;
}

std::optional<Size> parse_size(std::string_view text) {
  Size size;
  double number = 0;
  std::string unit;
  for (int part = 0; part < 2; ++part) {
    if (!take_quantity(text, number, unit) || number <= 0) return std::nullopt;
    const bool whole = number == std::floor(number) && number <= 4096;
    if (is_cores(unit) && size.cores == 0 && whole) {
      size.cores = static_cast<std::int64_t>(number);
    } else if (is_memory(unit) && size.memory_gib == 0 && number <= 65536) {
      size.memory_gib = number;
    } else {
      return std::nullopt;
    }
  }
  return core::trim(text).empty() ? std::optional(size) : std::nullopt;
}

}  // namespace preemptd::ecs
