#include "ecs/client/client.h"

#include <doctest/doctest.h>

#include <set>

#include "ecs/credentials/static_credentials.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

using namespace preemptd;
using core::ErrorCode;
using core::Millis;
using core::Seconds;

namespace {

struct CountingKeys final : ecs::CredentialsProvider {
  core::Result<ecs::Credentials> get(core::Deadline) override {
    ++asked;
    if (broken) return core::fail(*broken, "no key");
    return ecs::Credentials{"id-" + std::to_string(discarded), core::Secret("s"), core::Secret(temporary ? "t" : ""),
                            "test"};
  }
  void discard() override { ++discarded; }
  int asked = 0;
  int discarded = 0;
  bool temporary = false;
  std::optional<ErrorCode> broken;
};

struct World {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  CountingKeys keys;
  std::vector<Millis> waits;
  ecs::ClientOptions options;
  World() { options.region = "cn-hangzhou"; }
  int nonces = 0;

  ecs::Result<ecs::Response> call(const std::string& action, ecs::Parameters parameters = {},
                                  Millis time = Seconds(60)) {
    ecs::Client client(options, {net, keys, clock,
                                 [this](Millis wait) {
                                   waits.push_back(wait);
                                   clock.advance(wait);
                                   return true;
                                 },
                                 [] { return 0.5; }, [this] { return "nonce-" + std::to_string(++nonces); }});
    return client.call({ecs::kEcs, action, std::move(parameters)}, core::Deadline::after(clock.boot_now(), time));
  }
  std::string header(std::size_t request, const std::string& name) {
    return fakes::header_of(net.requests.at(request), name);
  }
};

constexpr const char* kThrottled = R"({"Code":"Throttling.User","Message":"slow down","RequestId":"R"})";

}  // namespace

TEST_CASE("ecs: every try has its own nonce and time, and the same parameters") {
  World world;
  world.net.then(400, kThrottled).then(503).then(200, R"({"RequestId":"OK"})");
  const auto answer = world.call("RunInstances", {{"ClientToken", "T"}});
  REQUIRE(answer.has_value());
  CHECK(answer->request_id == "OK");
  CHECK(world.waits == std::vector<Millis>{Millis{250}, Millis{500}});
  CHECK(world.net.requests[0].url == world.net.requests[2].url);
  CHECK(world.header(0, "x-acs-signature-nonce") == "nonce-1");
  CHECK(world.header(2, "x-acs-signature-nonce") == "nonce-3");
}

TEST_CASE("ecs: a pause that would outlast the deadline is not begun") {
  World world;
  world.net.then(400, kThrottled, {{"x-acs-retry-after", "5000"}});
  const auto answer = world.call("DescribeInstances", {}, Seconds(5));
  CHECK(answer.error().error.code == ErrorCode::throttled);
  CHECK(world.waits.empty());
}

TEST_CASE("ecs: a lost answer to a write without a token is not asked again") {
  World world;
  world.net.then_fail(ErrorCode::timed_out);
  CHECK(world.call("StopInstance").error().error.code == ErrorCode::timed_out);
  CHECK(world.net.requests.size() == 1);
}

TEST_CASE("ecs: a wrong clock is set by the server's Date, once") {
  World world;
  const char* body = R"({"Code":"InvalidTimeStamp.Expired","Message":"m"})";
  world.net.then(400, body, {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}).then(200, "{}");
  CHECK(world.call("DescribeInstances").has_value());
  CHECK(world.header(1, "x-acs-date") == "1994-11-06T08:49:37Z");

  World stubborn;
  stubborn.net.otherwise = [&](const auto&) {
    return core::Result<http::Reply>(http::Reply{400, {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, body});
  };
  CHECK(stubborn.call("DescribeInstances").error().error.what.find("clock") != std::string::npos);
  CHECK(stubborn.net.requests.size() == 2);
}

TEST_CASE("ecs: an expired key is replaced once") {
  World world;
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{400, {}, R"({"Code":"InvalidSecurityToken.Expired","Message":"m"})"});
  };
  CHECK(world.call("DescribeInstances").error().error.code == ErrorCode::denied);
  CHECK(world.keys.discarded == 1);
  CHECK(world.net.requests.size() == 2);
}

TEST_CASE("ecs: a temporary key the cloud does not know is replaced once, a permanent one is not") {
  for (const bool temporary : {true, false}) {
    World world;
    world.keys.temporary = temporary;
    world.net.otherwise = [](const auto&) {
      return core::Result<http::Reply>(http::Reply{404, {}, R"({"Code":"InvalidAccessKeyId.NotFound","Message":"m"})"});
    };
    CHECK(world.call("DescribeInstances").error().error.code == ErrorCode::denied);
    CHECK(world.keys.discarded == (temporary ? 1 : 0));
    CHECK(world.net.requests.size() == (temporary ? 2 : 1));
  }
}

TEST_CASE("ecs: a write that had arrived before is not carried out again, and the sentence says what is not known") {
  World world;
  world.net.then(400, R"({"Code":"SignatureNonceUsed","Message":"used","RequestId":"R"})");
  const auto answer = world.call("StopInstance");
  CHECK(world.net.requests.size() == 1);
  CHECK(answer.error().error.code == ErrorCode::unreachable);
  CHECK(answer.error().error.what ==
        "SignatureNonceUsed: used; an answer was lost, and whether the request took effect is not known (request R)");
}

TEST_CASE("ecs: a key that cannot be had is no reason to ask another endpoint") {
  World world;
  world.options.network = ecs::Network::vpc_then_public;
  world.options.retries.attempts = 1;
  world.net.arrives = false;
  world.keys.broken = ErrorCode::unreachable;
  CHECK_FALSE(world.call("DescribeInstances").has_value());
  CHECK(world.keys.asked == 1);
  CHECK(world.net.requests.empty());
}

TEST_CASE("ecs: a write whose key could not be had in passing is tried again, for nothing was sent") {
  World world;
  world.keys.broken = ErrorCode::unreachable;
  CHECK_FALSE(world.call("StopInstance").has_value());
  CHECK(world.keys.asked == 6);
}

TEST_CASE("ecs: without a key nothing is sent") {
  World world;
  world.keys.broken = ErrorCode::denied;
  CHECK(world.call("DescribeInstances").error().error == core::Error{ErrorCode::denied, "no key", ""});
  CHECK(world.net.requests.empty());
}

TEST_CASE("ecs: where the in-VPC endpoint is not reachable the public one is asked at once") {
  World world;
  world.options.network = ecs::Network::vpc_then_public;
  world.net.arrives = false;
  world.net.then_fail(ErrorCode::unreachable).then(200, "{}");
  CHECK(world.call("StopInstance").has_value());
  CHECK(world.net.requests[0].url.starts_with("https://ecs-vpc.cn-hangzhou.aliyuncs.com/"));
  CHECK(world.net.requests[1].url.starts_with("https://ecs.cn-hangzhou.aliyuncs.com/"));
  CHECK(world.waits.empty());
}

TEST_CASE("ecs: an error inside a 200 is that error") {
  World world;
  world.net.then(200, R"({"Code":"InvalidParameter","Message":"bad","RequestId":"R"})");
  const auto answer = world.call("StopInstance");
  CHECK(answer.error().server->code == "InvalidParameter");
  CHECK(answer.error().error.what == "InvalidParameter: bad (request R)");
}

TEST_CASE("ecs: a 200 that is no JSON says so and shows its start") {
  World world;
  world.options.retries.attempts = 1;
  world.net.then(200, "<html>login please</html>");
  const auto answer = world.call("DescribeInstances");
  CHECK(answer.error().error.code == ErrorCode::bad_reply);
  CHECK(answer.error().error.what.find("login please") != std::string::npos);
}
