#include "ecs/base/endpoint.h"

#include <algorithm>
#include <array>

namespace preemptd::ecs {
namespace {

constexpr std::string_view kDomain = ".aliyuncs.com";

/// Regions whose public endpoint does not follow the rule <product>.<region>.
std::string public_host(const Product& product, std::string_view region) {
  static constexpr std::array<std::string_view, 3> kCentralVpc{"cn-hangzhou", "cn-shanghai-finance-1",
                                                               "cn-shenzhen-finance-1"};
  static constexpr std::array<std::string_view, 2> kCentralSts{"ap-south-1", "ap-southeast-2"};
  const auto among = [&](const auto& regions) {
    return std::find(regions.begin(), regions.end(), region) != regions.end();
  };
  const bool central = region.empty() || (product.name == kVpc.name && among(kCentralVpc)) ||
                       (product.name == kSts.name && among(kCentralSts));
  const std::string name(product.name);
  if (central) return name + std::string(kDomain);
  return name + "." + std::string(region) + std::string(kDomain);
}

std::string vpc_host(const Product& product, std::string_view region) {
  return std::string(product.name) + "-vpc." + std::string(region) + std::string(kDomain);
}

std::string as_url(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.starts_with("http://") || text.starts_with("https://")) return std::string(text);
  return "https://" + std::string(text);
}

}  // namespace

std::vector<std::string> endpoints(const Product& product, std::string_view region, Network network,
                                   std::string_view override_with) {
  if (!override_with.empty()) return {as_url(override_with)};
  std::vector<std::string> urls;
  if (network != Network::in_public && !region.empty()) urls.push_back(as_url(vpc_host(product, region)));
  if (network != Network::in_vpc || region.empty()) urls.push_back(as_url(public_host(product, region)));
  return urls;
}

}  // namespace preemptd::ecs
