#include "simulator/cloud/market.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

namespace preemptd::simulator {
namespace {

/// FNV-1a with a final mix: the same number for the same text on every machine.
std::uint64_t mixed(std::string_view text, std::int64_t number) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash ^= static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBULL;
  return hash ^ (hash >> 31);
}

double unit(std::uint64_t hash) {
  return static_cast<double>(hash >> 11) / 9007199254740992.0;
}

struct Family {
  const char* name;
  double gib_per_cpu;
  double price_per_cpu;
};

constexpr Family kFamilies[] = {
    {"ecs.g7", 4, 0.41},     {"ecs.c7", 2, 0.32},      {"ecs.r7", 8, 0.53},     {"ecs.g8i", 4, 0.43},
    {"ecs.c8i", 2, 0.33},    {"ecs.r8i", 8, 0.55},     {"ecs.g6", 4, 0.38},     {"ecs.c6", 2, 0.29},
    {"ecs.r6", 8, 0.5},      {"ecs.g5", 4, 0.37},      {"ecs.c5", 2, 0.28},     {"ecs.g8y", 4, 0.34},
    {"ecs.u1-c1m4", 4, 0.3}, {"ecs.u1-c1m2", 2, 0.24}, {"ecs.u1-c1m1", 1, 0.2}, {"ecs.u1-c1m8", 8, 0.39},
    {"ecs.g6e", 4, 0.39},    {"ecs.c6e", 2, 0.3},      {"ecs.r6e", 8, 0.51},    {"ecs.g7a", 4, 0.33},
    {"ecs.c7a", 2, 0.26},    {"ecs.r7a", 8, 0.44},     {"ecs.g8a", 4, 0.36},    {"ecs.c8a", 2, 0.28},
    {"ecs.r8a", 8, 0.47},    {"ecs.g7ne", 4, 0.47},    {"ecs.c7ne", 2, 0.38},   {"ecs.c8y", 2, 0.26},
    {"ecs.hfg7", 4, 0.49},   {"ecs.hfc7", 2, 0.39},    {"ecs.sn1ne", 2, 0.3},   {"ecs.sn2ne", 4, 0.39}};
constexpr std::pair<const char*, int> kSizes[] = {{"large", 2},    {"xlarge", 4},   {"2xlarge", 8},
                                                  {"4xlarge", 16}, {"8xlarge", 32}, {"16xlarge", 64}};

std::vector<InstanceType> build_types() {
  std::vector<InstanceType> types;
  for (const auto& family : kFamilies) {
    for (const auto& [size, cpus] : kSizes) {
      types.push_back({std::string(family.name) + "." + size, family.name, cpus, cpus * family.gib_per_cpu, 0, "",
                       std::round(cpus * family.price_per_cpu * 1000) / 1000, false});
    }
  }
  types.push_back({"ecs.t6-c1m1.large", "ecs.t6", 2, 2, 0, "", 0.19, false});
  types.push_back({"ecs.t6-c1m2.large", "ecs.t6", 2, 4, 0, "", 0.25, false});
  types.push_back({"ecs.t6-c1m4.large", "ecs.t6", 2, 8, 0, "", 0.36, false});
  types.push_back({"ecs.t5-lc1m1.small", "ecs.t5", 1, 1, 0, "", 0.1, false});
  types.push_back({"ecs.t5-lc1m2.small", "ecs.t5", 1, 2, 0, "", 0.14, false});
  types.push_back({"ecs.s6-c1m1.small", "ecs.s6", 1, 1, 0, "", 0.12, false});
  types.push_back({"ecs.s6-c1m2.small", "ecs.s6", 1, 2, 0, "", 0.17, false});
  types.push_back({"ecs.n4.large", "ecs.n4", 2, 4, 0, "", 0.31, false});
  types.push_back({"ecs.e-c1m1.large", "ecs.e", 2, 2, 0, "", 0.2, false});
  types.push_back({"ecs.e-c1m2.large", "ecs.e", 2, 4, 0, "", 0.24, false});
  types.push_back({"ecs.gn6i-c4g1.xlarge", "ecs.gn6i", 4, 15, 1, "NVIDIA T4", 11.63, false});
  types.push_back({"ecs.gn7i-c8g1.2xlarge", "ecs.gn7i", 8, 30, 1, "NVIDIA A10", 13.19, false});
  types.push_back({"ecs.i3.xlarge", "ecs.i3", 4, 32, 0, "", 2.92, true});
  return types;
}

/// Of before 2019: the families that later ones replaced.
constexpr Family kRetiredFamilies[] = {{"ecs.n1", 2, 0.24},  {"ecs.n2", 4, 0.3},   {"ecs.e3", 8, 0.4},
                                       {"ecs.sn1", 2, 0.28}, {"ecs.sn2", 4, 0.36}, {"ecs.se1", 8, 0.42},
                                       {"ecs.mn4", 4, 0.29}, {"ecs.xn4", 1, 0.12}, {"ecs.n4", 2, 0.16}};
constexpr std::pair<const char*, int> kRetiredSizes[] = {{"tiny", 1},  {"small", 1},  {"medium", 2},
                                                         {"large", 4}, {"xlarge", 8}, {"2xlarge", 16}};

constexpr std::pair<const char*, const char*> kRetiredZones[] = {{"cn-hangzhou", "bcdef"}, {"cn-shanghai", "acd"},
                                                                 {"cn-beijing", "abcde"},  {"cn-shenzhen", "ab"},
                                                                 {"cn-qingdao", "a"},      {"cn-hongkong", "a"}};

std::vector<Region> build_regions() {
  return {{"cn-hangzhou", "China (Hangzhou)", "ghijk"},
          {"cn-shanghai", "China (Shanghai)", "befglmn"},
          {"cn-beijing", "China (Beijing)", "fghijkl"},
          {"cn-shenzhen", "China (Shenzhen)", "cdef"},
          {"cn-qingdao", "China (Qingdao)", "bc"},
          {"cn-zhangjiakou", "China (Zhangjiakou)", "abc"},
          {"cn-huhehaote", "China (Hohhot)", "ab"},
          {"cn-wulanchabu", "China (Ulanqab)", "abc"},
          {"cn-chengdu", "China (Chengdu)", "ab"},
          {"cn-guangzhou", "China (Guangzhou)", "ab"},
          {"cn-heyuan", "China (Heyuan)", "ab"},
          {"cn-nanjing", "China (Nanjing)", "a"},
          {"cn-hongkong", "China (Hong Kong)", "bcd"},
          {"ap-southeast-1", "Singapore", "abc"},
          {"ap-southeast-3", "Malaysia (Kuala Lumpur)", "ab"},
          {"ap-southeast-5", "Indonesia (Jakarta)", "abc"},
          {"ap-northeast-1", "Japan (Tokyo)", "ab"},
          {"ap-northeast-2", "South Korea (Seoul)", "a"},
          {"eu-central-1", "Germany (Frankfurt)", "abc"},
          {"eu-west-1", "UK (London)", "ab"},
          {"us-east-1", "US (Virginia)", "ab"},
          {"us-west-1", "US (Silicon Valley)", "ab"},
          {"me-east-1", "UAE (Dubai)", "a"},
          {"ap-south-1", "India (Mumbai)", "ab"},
          {"ap-southeast-2", "Australia (Sydney)", "ab"},
          {"ap-southeast-6", "Philippines (Manila)", "ab"},
          {"ap-southeast-7", "Thailand (Bangkok)", "ab"},
          {"ap-southeast-8", "Malaysia (Johor)", "ab"},
          {"me-central-1", "Saudi Arabia (Riyadh)", "ab"},
          {"na-south-1", "Mexico", "ab"},
          {"us-southeast-1", "US (Atlanta)", "ab"},
          {"cn-fuzhou", "China (Fuzhou)", "a"},
          {"cn-wuhan-lr", "China (Wuhan)", "a"},
          {"cn-zhongwei", "China (Zhongwei)", "ab"},
          {"cn-zhengzhou-jva", "China (Zhengzhou)", "a"},
          {"cn-beijing-finance-1", "China (Beijing Finance)", "kl"},
          {"cn-shanghai-finance-1", "China (Shanghai Finance)", "fgk"},
          {"cn-shenzhen-finance-1", "China (Shenzhen Finance)", "de"},
          {"cn-north-2-gov-1", "China (Beijing Government)", "ab"}};
}

}  // namespace

std::vector<std::string> Region::zones() const {
  const bool dashed = id.starts_with("cn-") || id == name;
  std::vector<std::string> out;
  for (const char letter : zone_letters) out.push_back(id + (dashed ? "-" : "") + letter);
  return out;
}

namespace {
struct Types {
  std::vector<InstanceType> all = build_types();
  std::unordered_map<std::string, std::size_t> by_id;

  Types() { index(); }
  void index() {
    for (std::size_t i = 0; i < all.size(); ++i) by_id.emplace(all[i].id, i);
  }
};

Types& types() {
  static Types types;
  return types;
}

std::vector<Region>& all_regions() {
  static std::vector<Region> regions = build_regions();
  return regions;
}
}  // namespace

const std::vector<InstanceType>& instance_types() {
  return types().all;
}

const InstanceType* find_type(std::string_view id) {
  const auto found = types().by_id.find(std::string(id));
  return found == types().by_id.end() ? nullptr : &types().all[found->second];
}

void add_retired() {
  for (const auto& family : kRetiredFamilies) {
    for (const auto& [size, cpus] : kRetiredSizes) {
      const auto id = std::string(family.name) + "." + size;
      if (find_type(id) != nullptr) continue;
      types().all.push_back({id, family.name, cpus, cpus * family.gib_per_cpu, 0, "",
                             std::round(cpus * family.price_per_cpu * 1000) / 1000, false});
    }
  }
  types().index();
  for (const auto& [id, letters] : kRetiredZones) {
    for (auto& region : all_regions()) {
      if (region.id == id && region.zone_letters.find(letters) == std::string::npos) region.zone_letters += letters;
    }
  }
}

const std::vector<Region>& regions() {
  return all_regions();
}

void add_region(const std::string& id) {
  if (find_region(id) == nullptr) all_regions().push_back({id, id, "abc"});
}

const Region* find_region(std::string_view id) {
  const auto& all = regions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& region) { return region.id == id; });
  return found == all.end() ? nullptr : &*found;
}

const Region* region_of_zone(std::string_view zone) {
  for (const auto& region : regions()) {
    const auto zones = region.zones();
    if (std::find(zones.begin(), zones.end(), zone) != zones.end()) return &region;
  }
  return nullptr;
}

namespace {
bool is_scarce(const InstanceType& type) {
  return type.gpus > 0 || type.cpus >= 64;
}
}  // namespace

Stock stock_of(const InstanceType& type, std::string_view zone, core::WallTime at) {
  const auto slot = std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count() / 10;
  const double luck = unit(mixed(type.id + "@" + std::string(zone), slot));
  if (is_scarce(type) && luck < 0.2) return Stock::sold_out;
  return luck < (is_scarce(type) ? 0.5 : 0.1) ? Stock::low : Stock::plenty;
}

double spot_price(const InstanceType& type, std::string_view zone, core::WallTime at) {
  const std::string place = type.id + "/" + std::string(zone);
  const auto hour = std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
  const double base = 0.1 + 0.25 * unit(mixed(place, -1));
  const auto time_of_day = hour % 24 / 3 * 3;
  const double daily = 0.08 * (1 + std::sin(static_cast<double>(time_of_day) / 24 * 6.283185307));
  const double spike = unit(mixed(place, hour / 6)) > 0.95 ? 0.4 : 0.0;
  const double noise = 0.06 * unit(mixed(place, hour / 6));
  constexpr double kStepsOfShare = 100;  // so that a price holds until it has moved one percent
  const double share = std::round(std::min(1.0, base + daily + spike + noise) * kStepsOfShare) / kStepsOfShare;
  return std::round(type.hourly_price * share * 1000) / 1000;
}

double release_rate(const InstanceType& type, std::string_view zone) {
  const double luck = unit(mixed(type.id + "#" + std::string(zone), 0));
  if (is_scarce(type)) return luck < 0.5 ? 8 : 15;
  return luck < 0.5 ? 1.5 : luck < 0.8 ? 4 : luck < 0.95 ? 8 : 15;
}

double mean_discount(const InstanceType& type, std::string_view zone, core::WallTime at) {
  constexpr int kSamples = 90;
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) sum += spot_price(type, zone, at - std::chrono::hours(i * 8 + i % 8));
  return sum / kSamples / type.hourly_price;
}

}  // namespace preemptd::simulator
