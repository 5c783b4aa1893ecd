#include "cli/spot/price_plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/terminal/numbers.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

constexpr int kUsualWidth = 100, kLabel = 8, kNarrowest = 20;
constexpr int kEighths = 8;
constexpr std::array<std::string_view, kEighths + 1> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

double highest_price(const PriceChart& chart) {
  double most = 0;
  for (const auto& each : chart.series) {
    for (const auto& step : each.steps) most = std::max(most, step.price);
  }
  return most > 0 ? most : 1;
}

/// The mean price between two instants; nothing where none is known.
std::optional<double> mean_in(const ecs::PriceSeries& series, const PriceChart& chart, core::WallTime from,
                              core::WallTime to) {
  double sum = 0, time = 0;
  for (std::size_t i = 0; i < series.steps.size(); ++i) {
    const auto begin = std::max(from, series.steps[i].at);
    const auto end = std::min(to, i + 1 < series.steps.size() ? series.steps[i + 1].at : chart.until);
    if (end <= begin) continue;
    const auto held = static_cast<double>((end - begin).count());
    sum += series.steps[i].price * held;
    time += held;
  }
  if (time <= 0) return std::nullopt;
  return sum / time;
}

/// The mean of each column, in eighths of a row.
std::vector<int> heights(const ecs::PriceSeries& series, const PriceChart& chart, int columns, int rows, double top) {
  std::vector<int> all;
  for (int column = 0; column < columns; ++column) {
    const auto from = chart.from + (chart.until - chart.from) * column / columns;
    const auto to = chart.from + (chart.until - chart.from) * (column + 1) / columns;
    const auto mean = mean_in(series, chart, from, to);
    all.push_back(mean ? std::max(1, static_cast<int>(std::lround(*mean / top * rows * kEighths))) : 0);
  }
  return all;
}

std::string left_padded(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string rows_of(const std::vector<int>& heights, int rows, double top, const Paint& paint) {
  std::string text;
  for (int row = rows - 1; row >= 0; --row) {
    const bool labelled = row == rows - 1 || row == 0;
    const std::string label = labelled ? decimal(row == 0 ? 0 : top, 3) : "";
    std::string bars;
    for (const int height : heights)
      bars += kBlocks[static_cast<std::size_t>(std::clamp(height - row * kEighths, 0, kEighths))];
    bars.erase(bars.find_last_not_of(' ') + 1);
    text += paint(Tone::faint, left_padded(label, kLabel) + " ┤") + paint(Tone::good, bars) + "\n";
  }
  return text;
}

/// Begin and end below the columns.
std::string time_axis(const PriceChart& chart, int columns, const Paint& paint) {
  const auto from = core::format_utc(chart.from).substr(0, 16) + "Z";
  const auto until = core::format_utc(chart.until).substr(0, 16) + "Z";
  const auto between = static_cast<std::size_t>(std::max(1, columns - static_cast<int>(from.size() + until.size())));
  return paint(Tone::faint, std::string(kLabel + 2, ' ') + from + std::string(between, ' ') + until) + "\n";
}

}  // namespace

std::string price_plot(const PriceChart& chart, int width, const Paint& paint) {
  constexpr std::size_t kFewSeries = 3;
  const int columns = std::max(kNarrowest, (width > 0 ? std::min(width, kUsualWidth) : kUsualWidth) - kLabel - 2);
  const int rows = chart.series.size() <= kFewSeries ? 8 : 3;
  const double top = highest_price(chart);
  std::string text;
  for (const auto& each : chart.series) {
    text += paint(Tone::strong, core::printable(each.instance_type + "  " + each.zone_id, 160)) + "\n";
    text += rows_of(heights(each, chart, columns, rows, top), rows, top, paint);
  }
  return chart.series.empty() ? text : text + time_axis(chart, columns, paint);
}

}  // namespace preemptd::cli
