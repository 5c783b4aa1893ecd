#pragma once
#include <string>

#include "cli/spot/price_chart.h"
#include "cli/terminal/layout.h"

namespace preemptd::cli {

/// Pure. For a terminal: each series under its name, columns as high as the mean price of their time, one scale from 0
/// for all. Where no price is known yet nothing stands. At most `width` columns; 0: a hundred.
std::string price_plot(const PriceChart& chart, int width, const Paint& paint);

}  // namespace preemptd::cli
