#include "ecs/spot/spot_prices.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace preemptd::ecs {
namespace {

double median_of(std::vector<double> sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

PriceSummary summary_of(const std::vector<const SpotPrice*>& points) {
  std::vector<double> prices;
  for (const auto* each : points) prices.push_back(each->price);
  std::sort(prices.begin(), prices.end());
  const auto* newest =
      *std::max_element(points.begin(), points.end(), [](const auto* a, const auto* b) { return a->at < b->at; });
  return {
      newest->instance_type, newest->zone_id,
      newest->price,         std::accumulate(prices.begin(), prices.end(), 0.0) / static_cast<double>(prices.size()),
      median_of(prices),     prices.back(),
      newest->on_demand,     prices.size()};
}

}  // namespace

void fields(FieldReader& from, SpotPrice& price) {
  from("InstanceType", price.instance_type)("ZoneId", price.zone_id)("Timestamp", price.at);
  from("SpotPrice", price.price)("OriginPrice", price.on_demand);
}

void fields(FieldWriter& to, const PriceQuery& query) {
  to("InstanceType", query.instance_type)("ZoneId", query.zone_id)("NetworkType", query.network)("OSType", query.os);
  to("StartTime", query.from)("EndTime", query.until)("SpotDuration", query.duration);
}

Result<std::vector<SpotPrice>> describe_spot_price_history(Client& client, const PriceQuery& query, core::Deadline by) {
  return ask_all<SpotPrice>(client, call_of(client, kEcs, "DescribeSpotPriceHistory", query), Paging::offset,
                            {"SpotPrices"}, by);
}

std::vector<PriceSummary> summarise(const std::vector<SpotPrice>& history) {
  std::map<std::pair<std::string, std::string>, std::vector<const SpotPrice*>> series;
  for (const auto& point : history) series[{point.instance_type, point.zone_id}].push_back(&point);
  std::vector<PriceSummary> all;
  for (const auto& [key, points] : series) all.push_back(summary_of(points));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.now < b.now; });
  return all;
}

void fields(FieldWriter& to, const AdviceQuery& query) {
  to("ZoneId", query.zone_id)("InstanceTypes", query.instance_types)("Cores", query.cores)("Memory", query.memory_gib);
}

Result<std::vector<SpotAdvice>> describe_spot_advice(Client& client, const AdviceQuery& query, core::Deadline by) {
  auto answer = client.call(call_of(client, kEcs, "DescribeSpotAdvice", query), by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::vector<SpotAdvice> all;
  answer->json.root().at("AvailableSpotZones").each([&](const JsonValue& zone) {
    zone.at("AvailableSpotResources").each([&](const JsonValue& each) {
      all.push_back({zone.at("ZoneId").text_or_empty(), each.at("InstanceType").text_or_empty(),
                     each.at("InterruptionRate").number().value_or(0), each.at("InterruptRateDesc").text_or_empty(),
                     each.at("AverageSpotDiscount").number().value_or(0)});
    });
  });
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.interruption_rate, a.average_discount) < std::tie(b.interruption_rate, b.average_discount);
  });
  return all;
}

}  // namespace preemptd::ecs
