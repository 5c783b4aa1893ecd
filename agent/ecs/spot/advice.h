#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "ecs/spot/price_statistics.h"

/// Pure: which type in which zone does an hour of useful work for the least money.
namespace preemptd::ecs {

/// How much of a type a zone has.
enum class Supply {
  plenty,
  low,
  sold_out,  ///< or not sold there at all
};

/// A type in a zone as spot, with all that its cost depends on.
struct SpotOffer {
  std::string instance_type;
  std::string zone_id;
  PriceSeries prices;       ///< with at least one step
  double release_rate = 0;  ///< percent, read as a chance a day: see chance_within()
  Supply supply = Supply::plenty;
};

/// A type in a zone at the price without interruption.
struct OnDemandOffer {
  std::string instance_type;
  std::string zone_id;
  double price = 0;
  Supply supply = Supply::plenty;
};

/// What an interruption costs: paid time in which no useful work is done.
struct LostTime {
  core::Millis drain{0};   ///< from the notice on
  core::Millis rework{0};  ///< work done again, and the start of the successor
  core::Millis each() const { return drain + rework; }
};

/// How the cost of an offer comes about.
struct SpotCost {
  SpotOffer offer;
  double price = 0;                  ///< the mean of the series, per hour
  double bid = 0;                    ///< suggested limit per hour
  double interruptions_an_hour = 0;  ///< by release rate, and by prices above the bid
  double useful_share = 0;           ///< of the paid time, 0 to 1
  std::optional<double> cost;        ///< per hour of useful work; nothing: no useful work is left
};

/// The smallest price, in thousandths as the API takes it, that is 10 % above what the price did not exceed in 99 % of
/// the time; at most the on-demand price where that is known.
double suggested_bid(const PriceSeries& series, core::WallTime until);

/// How often an hour the price went from within the bid to above it.
double exceedings_an_hour(const PriceSeries& series, core::WallTime until, double bid);

SpotCost cost_of(const SpotOffer& offer, const LostTime& lost, core::WallTime until);

/// Cheapest hour of useful work first. What is sold out, and what leaves no useful work, comes last.
std::vector<SpotCost> ranked(const std::vector<SpotOffer>& offers, const LostTime& lost, core::WallTime until);

/// One thing to try.
struct LaunchChoice {
  std::string instance_type;
  std::string zone_id;
  bool spot = true;
  std::optional<double> bid;  ///< of spot
  double cost = 0;            ///< per hour of useful work
};

/// What to try in order: at most `most_spot` spot offers that can be had and cost less than on demand, each type in
/// each zone once, and at the end the cheapest on-demand offer that can be had.
std::vector<LaunchChoice> fallbacks(const std::vector<SpotCost>& ranked, const std::vector<OnDemandOffer>& on_demand,
                                    std::size_t most_spot);

/// Sold-out offers that would cost less than the first that can be had: then stock is the limit, not the price.
std::vector<SpotCost> limited_by_stock(const std::vector<SpotCost>& ranked);

struct Size {
  std::int64_t cores = 0;
  double memory_gib = 0;
};
/// "4 vCPU, 16 GiB", "4c 16g": both, in any order and case. Nothing: not such a size.
std::optional<Size> parse_size(std::string_view text);

}  // namespace preemptd::ecs
