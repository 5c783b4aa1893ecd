#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/cloud/lists.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr std::size_t kPricesAPage = 200;
constexpr std::chrono::days kLongestSpan{30};
const std::vector<std::string> kDiskCategories{"cloud_essd", "cloud_auto", "cloud_essd_entry", "cloud_efficiency",
                                               "cloud_ssd"};

std::vector<std::string> type_ids() {
  std::vector<std::string> out;
  for (const auto& type : instance_types()) out.push_back(type.id);
  return out;
}

std::vector<std::string> type_families() {
  std::vector<std::string> out;
  for (const auto& type : instance_types()) out.push_back(type.family);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// The zones a call is about: the one it names, or all of its region. Nothing: no such zone here.
std::optional<std::vector<std::string>> zones_of(const ParameterReader& read) {
  const Region* region = find_region(read.text("RegionId"));
  const auto all = region->zones();
  if (!read.has("ZoneId")) return all;
  if (!contains(all, read.text("ZoneId"))) return std::nullopt;
  return std::vector{read.text("ZoneId")};
}

Json zone_json(const std::string& zone, const Region& region) {
  const Json resources{{"IoOptimized", true},
                       {"InstanceTypes", {{"supportedInstanceType", type_ids()}}},
                       {"InstanceTypeFamilies", {{"supportedInstanceTypeFamily", type_families()}}},
                       {"InstanceGenerations", {{"supportedInstanceGeneration", {"ecs-6", "ecs-7", "ecs-8"}}}},
                       {"NetworkTypes", {{"supportedNetworkCategory", {"vpc"}}}},
                       {"SystemDiskCategories", {{"supportedSystemDiskCategory", kDiskCategories}}},
                       {"DataDiskCategories", {{"supportedDataDiskCategory", kDiskCategories}}}};
  return {{"ZoneId", zone},
          {"LocalName", region.name + " Zone " + std::string(1, static_cast<char>(zone.back() - 'a' + 'A'))},
          {"ZoneType", "AvailabilityZone"},
          {"AvailableInstanceTypes", {{"InstanceTypes", type_ids()}}},
          {"AvailableDiskCategories", {{"DiskCategories", kDiskCategories}}},
          {"AvailableResourceCreation", {{"ResourceTypes", {"VSwitch", "IoOptimized", "Instance", "Disk"}}}},
          {"AvailableVolumeCategories", {{"VolumeCategories", Json::array()}}},
          {"AvailableDedicatedHostTypes", {{"DedicatedHostType", Json::array()}}},
          {"DedicatedHostGenerations", {{"DedicatedHostGeneration", Json::array()}}},
          {"AvailableResources", {{"ResourcesInfo", Json::array({resources})}}}};
}

struct StockWords {
  const char* status;
  const char* category;
};

StockWords words_of(const World& world, const InstanceType& type, const std::string& zone, core::WallTime now) {
  const auto limited = world.knobs.stock.find(type.id);
  if (limited != world.knobs.stock.end() && limited->second == 0) return {"SoldOut", "WithoutStock"};
  switch (stock_of(type, zone, now)) {
    case Stock::plenty: return {"Available", "WithStock"};
    case Stock::low: return {"Available", "ClosedWithStock"};
    case Stock::sold_out: break;
  }
  return {"SoldOut", "WithoutStock"};
}

Json resource_json(const std::string& value, StockWords words) {
  return {{"Value", value}, {"Status", words.status}, {"StatusCategory", words.category}, {"Min", 0}, {"Max", 0},
          {"Unit", ""}};
}

Json resources_in(const World& world, ParameterReader& read, const std::string& zone, core::WallTime now) {
  const std::string wanted = read.text("DestinationResource");
  const StockWords plenty{"Available", "WithStock"};
  Json list = Json::array();
  if (wanted == "InstanceType") {
    const auto cores = read.integer("Cores", 0, 1, 1024);
    const double memory = read.number("Memory").value_or(0);
    for (const auto& type : instance_types()) {
      if (read.has("InstanceType") && type.id != read.text("InstanceType")) continue;
      if ((cores != 0 && type.cpus != cores) || (memory > 0 && type.memory_gib != memory)) continue;
      list.push_back(resource_json(type.id, words_of(world, type, zone, now)));
    }
  } else if (wanted.ends_with("Disk")) {
    for (const auto& category : kDiskCategories) {
      list.push_back(resource_json(category, plenty));
      list.back()["Min"] = 20;
      list.back()["Max"] = 32768;
      list.back()["Unit"] = "GiB";
    }
  } else {
    list.push_back(resource_json(wanted == "Network" ? "vpc" : wanted == "IoOptimized" ? "optimized" : zone, plenty));
  }
  return list;
}

double rounded(double price) {
  return std::round(price * 1000) / 1000;
}

Json price_entry(const InstanceType& type, const std::string& zone, core::WallTime hour, Moment moment) {
  return {{"ZoneId", zone},
          {"InstanceType", type.id},
          {"IoOptimized", "optimized"},
          {"NetworkType", "vpc"},
          {"Timestamp", core::format_utc(moment.shown(hour))},
          {"SpotPrice", spot_price(type, zone, hour)},
          {"OriginPrice", type.hourly_price}};
}

const char* rate_text(double percent) {
  return percent < 3 ? "0-3%" : percent < 5 ? "3-5%" : percent < 10 ? "5-10%" : "10-100%";
}

struct Span {
  core::WallTime from, to;
};

ActionResult<Span> span_of(ParameterReader& read, core::WallTime now) {
  const auto to = read.time("EndTime", "InvalidParams.EndTime").value_or(now);
  const auto from = read.time("StartTime", "InvalidParams.StartTime").value_or(to - std::chrono::hours(3));
  if (read.error()) return tl::unexpected(*read.error());
  if (from > to || to - from > kLongestSpan) return invalid_parameter("StartTime", "InvalidParams.StartTime");
  return Span{from, std::min(to, now)};
}

}  // namespace

ActionResult<Json> describe_regions(World&, const ActionCall&) {
  Json list = Json::array();
  for (const auto& region : regions()) {
    list.push_back({{"RegionId", region.id},
                    {"LocalName", region.name},
                    {"RegionEndpoint", "ecs." + region.id + ".aliyuncs.com"},
                    {"Status", "available"}});
  }
  return Json{{"Regions", {{"Region", std::move(list)}}}};
}

ActionResult<Json> describe_zones(World&, const ActionCall& call) {
  const Region* region = find_region(ParameterReader(call).text("RegionId"));
  Json list = Json::array();
  for (const auto& zone : region->zones()) list.push_back(zone_json(zone, *region));
  return Json{{"Zones", {{"Zone", std::move(list)}}}};
}

ActionResult<Json> describe_available_resource(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const std::string wanted = read.word(
      "DestinationResource", {"Zone", "IoOptimized", "InstanceType", "Network", "ddh", "SystemDisk", "DataDisk"}, "",
      "InvalidDestinationResource.Malformed");
  if (read.error()) return tl::unexpected(*read.error());
  const auto zones = zones_of(read);
  if (!zones) return not_found("ZoneId", "InvalidZoneId.NotFound");
  Json list = Json::array();
  for (const auto& zone : *zones) {
    const Json resources = resources_in(world, read, zone, call.moment.now);
    list.push_back(
        {{"RegionId", read.text("RegionId")},
         {"ZoneId", zone},
         {"Status", "Available"},
         {"StatusCategory", "WithStock"},
         {"AvailableResources",
          {{"AvailableResource",
            Json::array({{{"Type", wanted}, {"SupportedResources", {{"SupportedResource", resources}}}}})}}}});
  }
  if (read.error()) return tl::unexpected(*read.error());
  return Json{{"AvailableZones", {{"AvailableZone", std::move(list)}}}};
}

ActionResult<Json> describe_spot_price_history(World&, const ActionCall& call) {
  ParameterReader read(call);
  const InstanceType* type = find_type(read.text("InstanceType"));
  if (type == nullptr) return invalid_parameter("InstanceType", "InvalidInstanceType.ValueNotSupported");
  if (read.text("NetworkType") != "vpc") return invalid_parameter("NetworkType", "InvalidParams.NetworkType");
  const auto zones = zones_of(read);
  if (!zones) return not_found("ZoneId", "InvalidZoneId.NotFound");
  const auto offset = static_cast<std::size_t>(read.integer("Offset", 0, 0, 1'000'000'000));
  const auto span = span_of(read, call.moment.now);
  if (!span) return tl::unexpected(span.error());
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  std::size_t number = 0;
  for (auto hour = std::chrono::ceil<std::chrono::hours>(span->from); hour <= span->to; hour += std::chrono::hours(1)) {
    for (const auto& zone : *zones) {
      if (number >= offset && list.size() < kPricesAPage) list.push_back(price_entry(*type, zone, hour, call.moment));
      ++number;
    }
  }
  const std::size_t next = offset + list.size();
  return Json{{"Currency", "CNY"},
              {"NextOffset", next < number ? next : 0},
              {"SpotPrices", {{"SpotPriceType", std::move(list)}}}};
}

ActionResult<Json> describe_spot_advice(World&, const ActionCall& call) {
  ParameterReader read(call);
  auto wanted = read.list("InstanceTypes", 10);
  const std::string family = read.text("InstanceTypeFamily");
  const auto cores = read.integer("Cores", 0, 1, 1024), least_cores = read.integer("MinCores", 0, 1, 1024);
  const double memory = read.number("Memory").value_or(0), least_memory = read.number("MinMemory").value_or(0);
  const auto zones = zones_of(read);
  if (!zones) return not_found("ZoneId", "InvalidZoneId.NotFound");
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (const auto& zone : *zones) {
    Json resources = Json::array();
    for (const auto& type : instance_types()) {
      const bool named = wanted.empty() || contains(wanted, type.id);
      if (!named || (!family.empty() && type.family != family) || (cores != 0 && type.cpus != cores) ||
          type.cpus < least_cores)
        continue;
      if ((memory > 0 && type.memory_gib != memory) || type.memory_gib < least_memory) continue;
      const double rate = release_rate(type, zone);
      const auto discount = mean_discount(type, zone, std::chrono::floor<std::chrono::days>(call.moment.now));
      resources.push_back({{"InstanceType", type.id},
                           {"InterruptionRate", rate},
                           {"InterruptRateDesc", rate_text(rate)},
                           {"AverageSpotDiscount", static_cast<int>(std::lround(100 * discount))}});
    }
    list.push_back({{"ZoneId", zone}, {"AvailableSpotResources", {{"AvailableSpotResource", std::move(resources)}}}});
  }
  return Json{{"RegionId", read.text("RegionId")}, {"AvailableSpotZones", {{"AvailableSpotZone", std::move(list)}}}};
}

ActionResult<Json> describe_price(World&, const ActionCall& call) {
  ParameterReader read(call);
  const InstanceType* type = find_type(read.text("InstanceType"));
  if (type == nullptr) return invalid_parameter("InstanceType", "InvalidInstanceType.ValueNotSupported");
  const auto amount = read.integer("Amount", 1, 1, 1000), period = read.integer("Period", 1, 1, 60);
  const std::string unit = read.word("PriceUnit", {"Hour", "Day", "Week", "Month", "Year"}, "Hour");
  const auto zones = zones_of(read);
  if (!zones) return not_found("ZoneId", "InvalidZoneId.NotFound");
  if (read.error()) return tl::unexpected(*read.error());
  const std::map<std::string, double> hours{{"Hour", 1}, {"Day", 24}, {"Week", 168}, {"Month", 480}, {"Year", 5000}};
  const double times = hours.at(unit) * static_cast<double>(amount * period);
  const bool spot = read.text("SpotStrategy", "NoSpot") != "NoSpot";
  const double original = rounded(type->hourly_price * times);
  const double trade = spot ? rounded(spot_price(*type, zones->front(), call.moment.now) * times) : original;
  const Json detail{{"Resource", "instanceType"},
                    {"OriginalPrice", original},
                    {"DiscountPrice", rounded(original - trade)},
                    {"TradePrice", trade},
                    {"SubRules", {{"Rule", Json::array()}}}};
  const Json price{{"Currency", "CNY"},
                   {"OriginalPrice", original},
                   {"DiscountPrice", rounded(original - trade)},
                   {"TradePrice", trade},
                   {"DetailInfos", {{"DetailInfo", Json::array({detail})}}}};
  return Json{{"PriceInfo", {{"Price", price}, {"Rules", {{"Rule", Json::array()}}}}}};
}

ActionResult<Json> describe_instance_types(World&, const ActionCall& call) {
  ParameterReader read(call);
  const auto wanted = read.list("InstanceTypes", 100);
  const std::string family = read.text("InstanceTypeFamily");
  const auto least_cpus = read.integer("MinimumCpuCoreCount", 0, 0, 1024),
             most_cpus = read.integer("MaximumCpuCoreCount", 1024, 0, 1024);
  const double least_memory = read.number("MinimumMemorySize").value_or(0),
               most_memory = read.number("MaximumMemorySize").value_or(1e9);
  const auto most =
      static_cast<std::size_t>(std::clamp<std::int64_t>(read.integer("MaxResults", 1600, 1, INT64_MAX), 1, 1600));
  auto skip = static_cast<std::size_t>(read.integer("NextToken", 0, 0, INT64_MAX));
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  std::size_t seen = 0;
  for (const auto& type : instance_types()) {
    const bool named = wanted.empty() || contains(wanted, type.id);
    if (!named || (!family.empty() && type.family != family) || type.cpus < least_cpus || type.cpus > most_cpus)
      continue;
    if (type.memory_gib < least_memory || type.memory_gib > most_memory || seen++ < skip || list.size() >= most)
      continue;
    list.push_back({{"InstanceTypeId", type.id},
                    {"InstanceTypeFamily", type.family},
                    {"CpuCoreCount", type.cpus},
                    {"MemorySize", type.memory_gib},
                    {"GPUAmount", type.gpus},
                    {"GPUSpec", type.gpu_spec},
                    {"LocalStorageCategory", type.local_disk ? "local_ssd_pro" : ""},
                    {"CpuArchitecture", type.family == "ecs.g8y" ? "ARM" : "X86"},
                    {"EniQuantity", type.cpus <= 2 ? 2 : 4}});
  }
  const std::size_t next = skip + list.size();
  return Json{{"InstanceTypes", {{"InstanceType", std::move(list)}}},
              {"NextToken", next < seen ? std::to_string(next) : ""}};
}

}  // namespace preemptd::simulator
