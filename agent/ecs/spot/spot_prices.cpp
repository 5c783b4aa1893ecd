#include "ecs/spot/spot_prices.h"

#include <algorithm>
#include <tuple>

namespace preemptd::ecs {
void fields(FieldReader& from, SpotPrice& price) {
  from("InstanceType", price.instance_type)("ZoneId", price.zone_id)("Timestamp", price.at);
  from("SpotPrice", price.price)("OriginPrice", price.on_demand);
}

void fields(FieldWriter& to, const PriceQuery& query) {
  to("InstanceType", query.instance_type)("ZoneId", query.zone_id)("NetworkType", query.network)("OSType", query.os);
  to("StartTime", query.from)("EndTime", query.until)("SpotDuration", query.duration);
}

Result<std::vector<SpotPrice>> describe_spot_price_history(Client& client, const PriceQuery& query, core::Deadline by) {
  std::vector<SpotPrice> points;
  Pages pages(client, call_of(client, kEcs, "DescribeSpotPriceHistory", query), Paging::offset, {"SpotPrices"}, by);
  for (const JsonValue& each : pages) {
    points.push_back(read_value<SpotPrice>(each));
    points.back().currency = pages.answer()->json.root().at("Currency").text_or_empty();
  }
  if (pages.failure()) return tl::unexpected(*pages.failure());
  return points;
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
