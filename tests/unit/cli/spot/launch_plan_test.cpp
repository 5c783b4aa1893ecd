#include "cli/spot/launch_plan.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace preemptd;
using cli::SpotLaunch;

namespace {

SpotLaunch three_places(std::int64_t quantity = 3) {
  return {"token", {"ecs.a@z", "ecs.b@z", "ecs.c@z"}, quantity, {}};
}

ecs::ServerError refusal(const char* code) {
  ecs::ServerError error;
  error.http_status = 403;
  error.code = code;
  return error;
}

}  // namespace

TEST_CASE("spot launch: a place is a type, and where it is to be") {
  CHECK(cli::parse_place("ecs.g7.large")->instance_type == "ecs.g7.large");
  CHECK(cli::parse_place("ecs.g7.large@cn-hangzhou-i")->zone_id == "cn-hangzhou-i");
  CHECK(cli::parse_place("ecs.g7.large@vsw-1")->vswitch_id == "vsw-1");
  CHECK(cli::parse_place("ecs.g7.large@vsw-1")->zone_id.empty());
  for (const char* wrong : {"", "g7.large", "ecs.g7.large@", "@cn-hangzhou-i"}) CHECK_FALSE(cli::parse_place(wrong));
}

TEST_CASE("spot launch: what one place does not give is asked of the next, until there is enough") {
  auto launch = three_places();
  auto first = cli::next_attempt(launch);
  REQUIRE(first);
  CHECK(launch.attempts[*first].asked == 3);
  launch.attempts[*first].answered = true;
  launch.attempts[*first].refusal = "OperationDenied.NoStock";
  auto second = cli::next_attempt(launch);
  REQUIRE(second);
  CHECK(launch.attempts[*second].place == 1);
  CHECK(launch.attempts[*second].asked == 3);
  launch.attempts[*second].answered = true;
  launch.attempts[*second].instance_ids = {"i-1", "i-2"};
  auto third = cli::next_attempt(launch);
  REQUIRE(third);
  CHECK(launch.attempts[*third].place == 2);
  CHECK(launch.attempts[*third].asked == 1);
  launch.attempts[*third].answered = true;
  launch.attempts[*third].instance_ids = {"i-3"};
  CHECK_FALSE(cli::next_attempt(launch));
  CHECK(launch.instance_ids() == std::vector<std::string>{"i-1", "i-2", "i-3"});
}

TEST_CASE("spot launch: where no place is left it is over, however much is missing") {
  auto launch = three_places();
  for (int i = 0; i < 3; ++i) launch.attempts[*cli::next_attempt(launch)].answered = true;
  CHECK_FALSE(cli::next_attempt(launch));
  CHECK(launch.made() == 0);
}

TEST_CASE("spot launch: an attempt without an answer is sent again before anything else, with its own token") {
  auto launch = three_places();
  launch.attempts[*cli::next_attempt(launch)].answered = true;
  const auto second = *cli::next_attempt(launch);
  const auto token = cli::token_of(launch, second);
  auto again = *cli::spot_launch_in(cli::to_json(launch).dump());
  CHECK(cli::next_attempt(again) == second);
  CHECK(again.attempts.size() == 2);
  CHECK(cli::token_of(again, second) == token);
  CHECK(cli::token_of(again, 0) != token);
}

TEST_CASE("spot launch: tokens fit the API, and lead back to their launch") {
  SpotLaunch launch = three_places();
  CHECK(cli::token_of(launch, 1) == "token.2");
  CHECK(cli::launch_token("token.2") == "token");
  CHECK(cli::launch_token("token") == "token");
  CHECK(cli::launch_token("a.b") == "a.b");
  CHECK(cli::launch_token(".2") == ".2");
  launch.token = std::string(80, 'x');
  CHECK(cli::token_of(launch, 0).size() == 64);
}

TEST_CASE("spot launch: only what is the place's own fault leads to the next place") {
  CHECK(cli::may_be_had_elsewhere(refusal("OperationDenied.NoStock")));
  CHECK(cli::may_be_had_elsewhere(refusal("InvalidSpotPriceLimit.LowerThanPublicPrice")));
  for (const char* code : {"InvalidImageId.NotFound", "Forbidden.RAM", "OperationDenied", "InvalidSpotPriceLimit", ""})
    CHECK_FALSE(cli::may_be_had_elsewhere(refusal(code)));
}

TEST_CASE("spot launch: a budget is a limit for each that all together keep") {
  CHECK(*cli::limit_within(1, {}, 3) == doctest::Approx(0.333));
  CHECK(*cli::limit_within(0.3, {}, 3) == doctest::Approx(0.1));
  CHECK(*cli::limit_within(1, 0.2, 3) == doctest::Approx(0.2));
  CHECK_FALSE(cli::limit_within(1, 0.4, 3));
  CHECK_FALSE(cli::limit_within(0.001, {}, 3));
}

TEST_CASE("spot launch: what was remembered is read back, and anything else refused") {
  auto launch = three_places();
  launch.attempts.push_back({1, 2, true, {"i-1"}, "x"});
  const auto text = cli::to_json(launch).dump();
  const auto again = cli::spot_launch_in(text);
  REQUIRE(again);
  CHECK(cli::to_json(*again).dump() == text);
  for (
      const char* wrong :
      {"", "{}", R"({"version":2})", R"({"version":1,"token":"t","places":["a"],"quantity":1,"attempts":[{}]})",
       R"({"version":1,"token":"t","places":["a"],"quantity":1,"attempts":[{"place":1,"asked":1,"answered":true,"instance_ids":[]}]})"})
    CHECK_FALSE(cli::spot_launch_in(wrong));
}
