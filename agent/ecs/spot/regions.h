#pragma once
#include <string>
#include <vector>

#include "ecs/client/fields.h"

/// Where things can be bought.
namespace preemptd::ecs {

struct Region {
  std::string id;
  std::string name;
  std::string endpoint;
};
void fields(FieldReader& from, Region& region);
Result<std::vector<Region>> describe_regions(Client& client, core::Deadline by);

struct Zone {
  std::string id;
  std::string name;
  std::vector<std::string> instance_types;  ///< what could be made there; says nothing about stock
};
void fields(FieldReader& from, Zone& zone);
/// `spot_strategy` "" asks for what can be bought at all, "SpotAsPriceGo" for what can be bought as spot.
Result<std::vector<Zone>> describe_zones(Client& client, const std::string& spot_strategy, core::Deadline by);

/// What one zone has of one thing: "Available" or "SoldOut", and how well stocked ("WithStock", "ClosedWithStock" for
/// little, "WithoutStock" for none now, "ClosedWithoutStock" for none ever).
struct Stock {
  std::string zone_id;
  std::string value;  ///< an instance type, a disk category, …
  std::string status;
  std::string category;
};
struct StockQuery {
  std::string resource = "InstanceType";  ///< DestinationResource
  std::string zone_id;
  std::string instance_type;
  std::string charge_type = "PostPaid";
  std::string spot_strategy = "SpotAsPriceGo";
  std::optional<std::int64_t> cores;
  std::optional<double> memory_gib;
};
void fields(FieldWriter& to, const StockQuery& query);
Result<std::vector<Stock>> describe_available_resource(Client& client, const StockQuery& query, core::Deadline by);

}  // namespace preemptd::ecs
