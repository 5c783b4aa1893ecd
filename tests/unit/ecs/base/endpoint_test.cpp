#include "ecs/base/endpoint.h"

#include <doctest/doctest.h>

using namespace preemptd;
using ecs::Network;
using Urls = std::vector<std::string>;

TEST_CASE("ecs: endpoints follow the rule of product and region") {
  CHECK(ecs::endpoints(ecs::kEcs, "cn-beijing", Network::in_public, "") == Urls{"https://ecs.cn-beijing.aliyuncs.com"});
  CHECK(ecs::endpoints(ecs::kEcs, "cn-beijing", Network::in_vpc, "") ==
        Urls{"https://ecs-vpc.cn-beijing.aliyuncs.com"});
  CHECK(ecs::endpoints(ecs::kEcs, "cn-beijing", Network::vpc_then_public, "") ==
        Urls{"https://ecs-vpc.cn-beijing.aliyuncs.com", "https://ecs.cn-beijing.aliyuncs.com"});
  CHECK(ecs::endpoints(ecs::kEcs, "", Network::vpc_then_public, "") == Urls{"https://ecs.aliyuncs.com"});
}

TEST_CASE("ecs: regions without an own host use the central one") {
  CHECK(ecs::endpoints(ecs::kVpc, "cn-hangzhou", Network::in_public, "") == Urls{"https://vpc.aliyuncs.com"});
  CHECK(ecs::endpoints(ecs::kSts, "ap-south-1", Network::in_public, "") == Urls{"https://sts.aliyuncs.com"});
  CHECK(ecs::endpoints(ecs::kSts, "cn-beijing", Network::in_public, "") == Urls{"https://sts.cn-beijing.aliyuncs.com"});
}

TEST_CASE("ecs: an override is the only endpoint, over TLS unless it says otherwise") {
  CHECK(ecs::endpoints(ecs::kEcs, "x", Network::vpc_then_public, "localhost:8443") == Urls{"https://localhost:8443"});
  CHECK(ecs::endpoints(ecs::kEcs, "x", Network::in_vpc, "http://127.0.0.1:81/") == Urls{"http://127.0.0.1:81"});
}
