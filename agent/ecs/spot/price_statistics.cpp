#include "ecs/spot/price_statistics.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/utc.h"

namespace preemptd::ecs {
namespace {

using core::WallTime;

/// A price and how long it held, in milliseconds.
struct Held {
  double price = 0;
  double time = 0;
};

double between(WallTime from, WallTime to) {
  return std::max(0.0, static_cast<double>(std::chrono::duration_cast<core::Millis>(to - from).count()));
}

/// Between these two instants. Where no time passes, every step counts alike.
std::vector<Held> held(const std::vector<PriceStep>& steps, WallTime from, WallTime until) {
  std::vector<Held> all;
  double total = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto end = i + 1 < steps.size() ? std::min(steps[i + 1].at, until) : until;
    all.push_back({steps[i].price, between(std::max(steps[i].at, from), end)});
    total += all.back().time;
  }
  if (total == 0) {
    for (auto& each : all) each.time = 1;
  }
  return all;
}

double total_of(const std::vector<Held>& all) {
  double total = 0;
  for (const auto& each : all) total += each.time;
  return total;
}

double mean_of(const std::vector<Held>& all) {
  double sum = 0;
  for (const auto& each : all) sum += each.price * each.time;
  return sum / total_of(all);
}

/// The least price that held at most of the time, `share` of it. `sorted` by price.
double quantile(const std::vector<Held>& sorted, double share) {
  const double wanted = total_of(sorted) * share;
  double passed = 0;
  for (const auto& each : sorted) {
    passed += each.time;
    if (passed >= wanted) return each.price;
  }
  return sorted.back().price;
}

double share_under(const std::vector<Held>& all, double bid) {
  double under = 0;
  for (const auto& each : all) under += each.price <= bid ? each.time : 0;
  return under / total_of(all);
}

std::size_t changes_in(const std::vector<PriceStep>& steps) {
  std::size_t changes = 0;
  for (std::size_t i = 1; i < steps.size(); ++i) changes += steps[i].price != steps[i - 1].price ? 1 : 0;
  return changes;
}

double trend_of(const std::vector<PriceStep>& steps, WallTime until) {
  const auto first = steps.front().at;
  if (until <= first) return 0;
  const auto turn = first + (until - first) / 4 * 3;
  const double before = mean_of(held(steps, first, turn)), after = mean_of(held(steps, turn, until));
  return before > 0 ? after / before - 1 : 0;
}

}  // namespace

std::vector<PriceSeries> series_of(const std::vector<SpotPrice>& history) {
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<WallTime, const SpotPrice*>>> sorted;
  for (const auto& point : history) {
    if (const auto at = core::parse_utc(point.at))
      sorted[{point.instance_type, point.zone_id}].emplace_back(*at, &point);
  }
  std::vector<PriceSeries> all;
  for (auto& [key, points] : sorted) {
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto& newest = *points.back().second;
    all.push_back({key.first, key.second, newest.currency, newest.on_demand, {}});
    for (const auto& [at, point] : points) all.back().steps.push_back({at, point->price});
  }
  return all;
}

PriceSummary summary_of(const PriceSeries& series, WallTime until, std::optional<double> bid) {
  PriceSummary summary;
  summary.instance_type = series.instance_type;
  summary.zone_id = series.zone_id;
  summary.currency = series.currency;
  summary.on_demand = series.on_demand;
  summary.points = series.steps.size();
  if (series.steps.empty()) return summary;
  auto all = held(series.steps, series.steps.front().at, until);
  std::sort(all.begin(), all.end(), [](const Held& a, const Held& b) { return a.price < b.price; });
  summary.now = series.steps.back().price;
  summary.least = all.front().price;
  summary.mean = mean_of(all);
  summary.median = quantile(all, 0.5);
  summary.p95 = quantile(all, 0.95);
  summary.most = all.back().price;
  summary.changes = changes_in(series.steps);
  summary.trend = trend_of(series.steps, until);
  if (bid) summary.under_bid = share_under(all, *bid);
  return summary;
}

}  // namespace preemptd::ecs
