#include "ecs/spot/regions.h"

namespace preemptd::ecs {

void fields(FieldReader& from, Region& region) {
  from("RegionId", region.id)("LocalName", region.name)("RegionEndpoint", region.endpoint);
}

Result<std::vector<Region>> describe_regions(Client& client, core::Deadline by) {
  return ask_all<Region>(client, {kEcs, "DescribeRegions", {{"AcceptLanguage", "en-US"}}}, Paging::none, {"Regions"},
                         by);
}

void fields(FieldReader& from, Zone& zone) {
  from("ZoneId", zone.id)("LocalName", zone.name)("AvailableInstanceTypes", zone.instance_types);
}

Result<std::vector<Zone>> describe_zones(Client& client, const std::string& spot_strategy, core::Deadline by) {
  auto call = call_of(client, kEcs, "DescribeZones", NoRequest{});
  FieldWriter to(call.parameters);
  to("SpotStrategy", spot_strategy)("AcceptLanguage", std::string("en-US"));
  if (!spot_strategy.empty()) to("InstanceChargeType", std::string("PostPaid"));
  return ask_all<Zone>(client, std::move(call), Paging::none, {"Zones"}, by);
}

void fields(FieldWriter& to, const StockQuery& query) {
  to("DestinationResource", query.resource)("ZoneId", query.zone_id)("InstanceType", query.instance_type);
  to("InstanceChargeType", query.charge_type)("SpotStrategy", query.spot_strategy)("Cores", query.cores)(
      "Memory", query.memory_gib);
}

Result<std::vector<Stock>> describe_available_resource(Client& client, const StockQuery& query, core::Deadline by) {
  auto answer = client.call(call_of(client, kEcs, "DescribeAvailableResource", query), by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::vector<Stock> all;
  answer->json.root().at("AvailableZones").each([&](const JsonValue& zone) {
    zone.at("AvailableResources").each([&](const JsonValue& resource) {
      resource.at("SupportedResources").each([&](const JsonValue& each) {
        all.push_back({zone.at("ZoneId").text_or_empty(), each.at("Value").text_or_empty(),
                       each.at("Status").text_or_empty(), each.at("StatusCategory").text_or_empty()});
      });
    });
  });
  return all;
}

}  // namespace preemptd::ecs
