#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/spot/spot_prices.h"

/// Pure: what a price history comes down to. A price holds from its point to the next one, so every figure is weighted
/// by time: a peak of ten minutes does not count as much as a day without change.
namespace preemptd::ecs {

struct PriceStep {
  core::WallTime at{};
  double price = 0;
};

/// Of one type in one zone, the oldest step first.
struct PriceSeries {
  std::string instance_type;
  std::string zone_id;
  std::string currency;  ///< "CNY"; "": not said
  double on_demand = 0;  ///< as the newest point says it; 0: not said
  std::vector<PriceStep> steps;
};
/// Points without a time that can be read are left out.
std::vector<PriceSeries> series_of(const std::vector<SpotPrice>& history);

/// All prices per hour.
struct PriceSummary {
  std::string instance_type;
  std::string zone_id;
  std::string currency;
  double now = 0;  ///< the newest point
  double least = 0;
  double mean = 0;
  double median = 0;
  double p95 = 0;
  double most = 0;
  double on_demand = 0;
  std::size_t points = 0;
  std::size_t changes = 0;  ///< points whose price is another than that of the point before
  double trend = 0;         ///< mean of the last quarter against the mean of what came before: 0.1 is 10 % dearer
  std::optional<double> under_bid;  ///< share of the time at or under the bid; nothing without a bid

  /// Saved against the on-demand price now, 0 to 1; 0 when that price is not known.
  double saving() const { return on_demand > 0 ? 1 - now / on_demand : 0; }
};

/// `until`: to where the newest price holds. A series without steps is all zeros.
PriceSummary summary_of(const PriceSeries& series, core::WallTime until, std::optional<double> bid = {});

}  // namespace preemptd::ecs
