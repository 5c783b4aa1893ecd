#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ecs/base/call.h"

namespace preemptd::ecs {

/// Which of a region's endpoints to use. The in-VPC ones resolve only inside a VPC of that region.
enum class Network { in_public, in_vpc, vpc_then_public };

/// The base URLs to try, best first, without a slash at the end: "https://ecs-vpc.cn-beijing.aliyuncs.com". An override
/// (host, host:port or a whole http(s):// URL) is the only one. Without a region it is the product's central endpoint.
/// Source: Alibaba Cloud's endpoint metadata, repository aliyun/aliyun-openapi-meta.
std::vector<std::string> endpoints(const Product& product, std::string_view region, Network network,
                                   std::string_view override_with);

}  // namespace preemptd::ecs
