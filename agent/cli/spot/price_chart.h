#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ecs/spot/price_statistics.h"

/// Pure: price series as pictures.
namespace preemptd::cli {

/// One character for each of `cells` equal parts of the time between the two, its height the mean price there between 0
/// and `top`; a blank where no price is known.
std::string spark(const ecs::PriceSeries& series, core::WallTime from, core::WallTime until, double top, int cells);

struct PriceChart {
  std::vector<ecs::PriceSeries> series;
  core::WallTime from{};
  core::WallTime until{};
  std::optional<double> bid;  ///< drawn as a line
};
/// A whole SVG document: a stepped line for each series, the bid, axes and a legend, in light and dark.
std::string svg_of(const PriceChart& chart);

}  // namespace preemptd::cli
