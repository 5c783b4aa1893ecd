#include "cli/spot/price_question.h"

#include <doctest/doctest.h>

#include "unit/ecs/cloud_world.h"

using namespace preemptd;

TEST_CASE("price question: a price without a readable time fails the history instead of being left out") {
  ecs::testing::CloudWorld world;
  world.net.then(200, R"({"Currency":"CNY","RequestId":"R-1","SpotPrices":{"SpotPriceType":[
      {"InstanceType":"t","ZoneId":"z","Timestamp":"yesterday","SpotPrice":0.1}]}})");
  const auto history = cli::ask_history(world.client, {}, world.in(core::Seconds(9)));
  REQUIRE_FALSE(history.has_value());
  CHECK(history.error().error.code == core::ErrorCode::bad_reply);
  CHECK(history.error().error.what.find("yesterday") != std::string::npos);
}
