#include "cli/spot/price_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/terminal/markup.h"
#include "cli/terminal/numbers.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

using core::Millis;
using core::WallTime;

constexpr int kWidth = 860, kLeft = 64, kRight = 16, kTop = 16, kPlot = 280, kLegendRow = 20;
constexpr std::array kColours{"#2a78d6", "#d1495b", "#2e933c", "#8f5bd0", "#c97b12", "#12858f", "#b0448c", "#6b7280"};

double highest(const PriceChart& chart) {
  double most = chart.bid.value_or(0);
  for (const auto& series : chart.series) {
    for (const auto& step : series.steps) most = std::max(most, step.price);
  }
  return most > 0 ? most * 1.05 : 1;
}

/// Where things are on the picture.
class Scale {
 public:
  explicit Scale(const PriceChart& chart) : chart_(chart), top_(highest(chart)) {}

  double top() const { return top_; }
  std::string x(WallTime at) const {
    const auto span = static_cast<double>((chart_.until - chart_.from).count());
    const double share = span > 0 ? static_cast<double>((at - chart_.from).count()) / span : 0;
    return decimal(kLeft + std::clamp(share, 0.0, 1.0) * (kWidth - kLeft - kRight), 1);
  }
  std::string y(double price) const { return decimal(kTop + kPlot * (1 - price / top_), 1); }

 private:
  const PriceChart& chart_;
  double top_;
};

std::string path_of(const ecs::PriceSeries& series, const Scale& scale, WallTime until) {
  std::string path;
  for (const auto& step : series.steps) {
    path += (path.empty() ? "M" + scale.x(step.at) + "," : "H" + scale.x(step.at) + "V") + scale.y(step.price);
  }
  return path + "H" + scale.x(until);
}

std::string line(const std::string& attributes, const std::string& y) {
  return "<line " + attributes + " x1=\"" + std::to_string(kLeft) + "\" x2=\"" + std::to_string(kWidth - kRight) +
         "\" y1=\"" + y + "\" y2=\"" + y + "\"/>\n";
}

std::string text(const std::string& anchor, const std::string& x, const std::string& y, const std::string& words) {
  return "<text text-anchor=\"" + anchor + "\" x=\"" + x + "\" y=\"" + y + "\">" + words + "</text>\n";
}

std::string axes_of(const PriceChart& chart, const Scale& scale) {
  std::string out;
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const double price = scale.top() * quarter / 4;
    out += line("class=\"grid\"", scale.y(price)) +
           text("end", std::to_string(kLeft - 8), decimal(std::stod(scale.y(price)) + 4, 1), decimal(price, 4));
  }
  const auto below = std::to_string(kTop + kPlot + 18);
  return out + text("start", std::to_string(kLeft), below, core::format_utc(chart.from)) +
         text("end", std::to_string(kWidth - kRight), below, core::format_utc(chart.until));
}

std::string legend_of(const ecs::PriceSeries& series, const char* colour, int row) {
  const int y = kTop + kPlot + 44 + row * kLegendRow;
  const auto name = series.instance_type + " " + series.zone_id + ", " + series.currency + " an hour";
  return "<rect fill=\"" + std::string(colour) + "\" width=\"14\" height=\"4\" x=\"" + std::to_string(kLeft) +
         "\" y=\"" + std::to_string(y - 6) + "\"/>\n" +
         text("start", std::to_string(kLeft + 22), std::to_string(y), escaped(name));
}

/// Of the time between the two in which a price is known; nothing where it never is.
std::optional<double> mean_between(const ecs::PriceSeries& series, WallTime from, WallTime until) {
  double sum = 0, time = 0;
  for (std::size_t i = 0; i < series.steps.size(); ++i) {
    const auto end = i + 1 < series.steps.size() ? std::min(series.steps[i + 1].at, until) : until;
    const auto held = static_cast<double>((end - std::max(series.steps[i].at, from)).count());
    if (held <= 0) continue;
    sum += series.steps[i].price * held;
    time += held;
  }
  return time > 0 ? std::optional(sum / time) : std::nullopt;
}

}  // namespace

std::string spark(const ecs::PriceSeries& series, WallTime from, WallTime until, double top, int cells) {
  constexpr std::array kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto part = (until - from) / std::max(1, cells);
  std::string out;
  for (int cell = 0; cell < cells; ++cell) {
    const auto mean = mean_between(series, from + part * cell, from + part * (cell + 1));
    const double share = mean && top > 0 ? std::clamp(*mean / top, 0.0, 1.0) : 0;
    const auto bar = static_cast<std::size_t>(std::min(7.0, std::floor(share * 8)));
    out += mean ? kBars.at(bar) : " ";
  }
  return out;
}

std::string svg_of(const PriceChart& chart) {
  const Scale scale(chart);
  const int height = kTop + kPlot + 44 + static_cast<int>(chart.series.size()) * kLegendRow;
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(kWidth) + " " +
      std::to_string(height) + "\" role=\"img\" aria-label=\"Spot prices\">\n" +
      "<style>text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}.bid{stroke:#333;stroke-dasharray:6 4}"
      ".back{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#ccc}.grid{stroke:#444}"
      ".bid{stroke:#ccc}.back{fill:#16181d}}</style>\n<rect class=\"back\" width=\"100%\" "
      "height=\"100%\"/>\n" +
      axes_of(chart, scale);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const char* colour = kColours.at(i % kColours.size());
    if (!chart.series[i].steps.empty())
      out += "<path fill=\"none\" stroke-width=\"1.5\" stroke=\"" + std::string(colour) + "\" d=\"" +
             path_of(chart.series[i], scale, chart.until) + "\"/>\n";
    out += legend_of(chart.series[i], colour, static_cast<int>(i));
  }
  if (chart.bid) out += line("class=\"bid\"", scale.y(*chart.bid));
  return out + "</svg>\n";
}

}  // namespace preemptd::cli
