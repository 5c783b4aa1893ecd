#include "ecs/instances/wait.h"

#include <doctest/doctest.h>

#include "unit/ecs/cloud_world.h"

using namespace preemptd;
using core::Millis;
using core::Seconds;
using ecs::testing::CloudWorld;
using ecs::testing::error_body;
using ecs::testing::statuses;

TEST_CASE("ecs: a wait looks at once, pauses longer and longer, and tells each look") {
  CloudWorld world;
  world.net.then(200, statuses({{"i-1", "Pending"}}))
      .then(200, statuses({{"i-1", "Starting"}}))
      .then(200, statuses({{"i-1", "Running"}}));
  std::vector<std::string> told;
  const auto outcome = ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(60)),
                                            [&](const ecs::Statuses& now) { told.push_back(now.at("i-1")); });
  CHECK(std::holds_alternative<ecs::Reached>(*outcome));
  CHECK(told == std::vector<std::string>{"Pending", "Starting", "Running"});
  CHECK(world.waits == std::vector<Millis>{Millis{1000}, Millis{1500}});
}

TEST_CASE("ecs: a wait whose time runs out says so with the last statuses, and never waits past its end") {
  CloudWorld world;
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{200, {}, statuses({{"i-1", "Stopping"}})});
  };
  const auto outcome = ecs::wait_for_status(world.client, {"i-1"}, "Stopped", world.in(Seconds(10)), {});
  REQUIRE(std::holds_alternative<ecs::RanOut>(*outcome));
  CHECK(std::get<ecs::RanOut>(*outcome).now.at("i-1") == "Stopping");
  CHECK(world.clock.boot == core::BootTime(Seconds(1010)));
}

TEST_CASE("ecs: an id that is not there yet is waited for; one that was there and is gone has vanished") {
  CloudWorld world;
  world.net.then(200, statuses({}))
      .then(200, statuses({{"i-1", "Pending"}}))
      .then(200, statuses({}))
      .then(200, statuses({}));
  const auto outcome = ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(60)), {});
  REQUIRE(std::holds_alternative<ecs::Vanished>(*outcome));
  CHECK(std::get<ecs::Vanished>(*outcome).ids == std::vector<std::string>{"i-1"});
}

TEST_CASE("ecs: waiting for gone ends when the cloud knows none of them") {
  CloudWorld world;
  world.net.then(200, statuses({{"i-1", "Stopped"}})).then(200, statuses({})).then(200, statuses({}));
  CHECK(std::holds_alternative<ecs::Reached>(
      *ecs::wait_for_status(world.client, {"i-1", "i-2"}, "", world.in(Seconds(60)), {})));
  CHECK(world.net.requests.size() == 3);
  world.net.then(200, statuses({}));
  CHECK(std::holds_alternative<ecs::Reached>(
      *ecs::wait_for_status(world.client, {"i-1"}, "", world.in(Seconds(60)), {})));
}

TEST_CASE("ecs: one answer that misses an instance ends no wait, whatever is waited for") {
  for (const auto& [wanted, last] : {std::pair{"Running", "Running"}, std::pair{"", ""}}) {
    CloudWorld world;
    world.net.then(200, statuses({{"i-1", "Stopping"}}))
        .then(200, statuses({}))
        .then(200, statuses({{"i-1", "Stopping"}}));
    world.net.then(200, statuses({})).then(200, *last == '\0' ? statuses({}) : statuses({{"i-1", last}}));
    CHECK(std::holds_alternative<ecs::Reached>(
        *ecs::wait_for_status(world.client, {"i-1"}, wanted, world.in(Seconds(60)), {})));
    CHECK(world.net.requests.size() == 5);
  }
}

TEST_CASE("ecs: a wait that runs out says why its last look failed, and forgets failures that passed") {
  CloudWorld world;
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(core::fail(core::ErrorCode::unreachable, "nobody there"));
  };
  const auto blind = ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(10)), {});
  REQUIRE(std::get<ecs::RanOut>(*blind).trouble.has_value());
  CHECK(std::get<ecs::RanOut>(*blind).trouble->error.what == "nobody there");
  CHECK(std::get<ecs::RanOut>(*blind).now.empty());

  world.net.then(503);
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{200, {}, statuses({{"i-1", "Pending"}})});
  };
  const auto seen = ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(10)), {});
  CHECK_FALSE(std::get<ecs::RanOut>(*seen).trouble.has_value());
  CHECK(std::get<ecs::RanOut>(*seen).now.at("i-1") == "Pending");
}

TEST_CASE("ecs: a look that fails in passing is repeated, one that cannot pass ends the wait") {
  CloudWorld world;
  world.net.then(503)
      .then_fail(core::ErrorCode::timed_out)
      .then(400, error_body("Throttling"))
      .then(403, error_body("Forbidden.RAM"));
  const auto outcome = ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(60)), {});
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().server->code == "Forbidden.RAM");
  CHECK(world.net.requests.size() == 4);
}

TEST_CASE("ecs: ids refused as unknown are waited for, for they may not have appeared yet") {
  CloudWorld world;
  world.net.then(404, error_body("InvalidInstanceId.NotFound")).then(200, statuses({{"i-1", "Running"}}));
  CHECK(std::holds_alternative<ecs::Reached>(
      *ecs::wait_for_status(world.client, {"i-1"}, "Running", world.in(Seconds(60)), {})));

  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{404, {}, error_body("InvalidInstanceId.NotFound")});
  };
  const auto start = world.clock.boot;
  const auto never = ecs::wait_for_status(world.client, {"i-2"}, "Running", world.in(Seconds(300)), {});
  REQUIRE_FALSE(never.has_value());
  CHECK(world.clock.boot - start >= Seconds(60));
  CHECK(world.clock.boot - start < Seconds(70));
}

TEST_CASE("ecs: an id refused as unknown is gone once it was seen, and at once where that is waited for") {
  CloudWorld world;
  world.net.then(200, statuses({{"i-1", "Running"}}));
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{404, {}, error_body("InvalidInstanceId.NotFound")});
  };
  const auto vanished = ecs::wait_for_status(world.client, {"i-1"}, "Stopped", world.in(Seconds(60)), {});
  REQUIRE(vanished.has_value());
  CHECK(std::holds_alternative<ecs::Vanished>(*vanished));
  const auto gone = ecs::wait_for_status(world.client, {"i-1"}, "", world.in(Seconds(60)), {});
  REQUIRE(gone.has_value());
  CHECK(std::holds_alternative<ecs::Reached>(*gone));
}

TEST_CASE("ecs: of several ids the ones that the cloud knows are seen although another one is refused") {
  CloudWorld world;
  world.net.then(404, error_body("InvalidInstanceId.NotFound"))
      .then(200, statuses({{"i-1", "Running"}}))
      .then(404, error_body("InvalidInstanceId.NotFound"))
      .then(200, statuses({{"i-1", "Running"}, {"i-2", "Running"}}));
  std::vector<ecs::Statuses> seen;
  const auto outcome = ecs::wait_for_status(world.client, {"i-1", "i-2"}, "Running", world.in(Seconds(60)),
                                            [&](const auto& now) { seen.push_back(now); });
  REQUIRE(std::holds_alternative<ecs::Reached>(*outcome));
  CHECK(seen.front() == ecs::Statuses{{"i-1", "Running"}, {"i-2", ""}});
}
