#include "metadata/session.h"

#include <doctest/doctest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

using namespace preemptd;
using core::ErrorCode;
using metadata::PlainMode;
using metadata::Trouble;

namespace {

constexpr const char* kTokenHeader = "X-aliyun-ecs-metadata-token";

struct World {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  metadata::Session session;

  explicit World(PlainMode plain = PlainMode::only_without_token_endpoint)
      : session(net, clock, metadata::Options{"http://meta", core::Millis{300}, plain}) {}
};

}  // namespace

TEST_CASE("metadata: the token is asked for first and used until 80 % of its life") {
  World world;
  world.net.then(200, "TOKEN").then(200, "i-1").then(200, "i-1").then(200, "SECOND").then(200, "i-1");
  CHECK(world.session.get("meta-data/instance-id")->body == "i-1");
  REQUIRE(world.net.requests.size() == 2);
  CHECK(world.net.requests[0].method == "PUT");
  CHECK(world.net.requests[0].url == "http://meta/latest/api/token");
  CHECK(fakes::header_of(world.net.requests[0], "X-aliyun-ecs-metadata-token-ttl-seconds") == "21600");
  CHECK(world.net.requests[1].url == "http://meta/latest/meta-data/instance-id");
  CHECK(fakes::header_of(world.net.requests[1], kTokenHeader) == "TOKEN");

  world.clock.advance(core::Seconds(17279));
  CHECK(world.session.get("x").has_value());
  CHECK(world.net.requests.size() == 3);

  world.clock.advance(core::Seconds(1));
  CHECK(world.session.get("x").has_value());
  REQUIRE(world.net.requests.size() == 5);
  CHECK(fakes::header_of(world.net.requests[4], kTokenHeader) == "SECOND");
}

TEST_CASE("metadata: where no new token comes, the old one serves to its end") {
  World world;
  world.net.then(200, "OLD").then(200, "i-1");
  CHECK(world.session.get("x").has_value());
  world.clock.advance(core::Seconds(17280));
  world.net.then(500).then(200, "i-1").then(429).then(200, "i-2").then(403);
  CHECK(world.session.get("x")->body == "i-1");
  CHECK(fakes::header_of(world.net.requests.back(), kTokenHeader) == "OLD");
  CHECK(world.session.get("x")->body == "i-2");
  CHECK(world.session.get("x").error().trouble == Trouble::disabled);
  world.clock.advance(core::Seconds(4320));
  world.net.then(500);
  CHECK(world.session.get("x").error().trouble == Trouble::server_error);
}

TEST_CASE("metadata: a token that was refused serves no more, whatever is left of its life") {
  World world;
  world.net.then(200, "OLD").then(401).then(500).then(500);
  CHECK(world.session.get("x").error().trouble == Trouble::server_error);
  CHECK(world.session.get("x").error().trouble == Trouble::server_error);
}

TEST_CASE("metadata: a slash at the end of the address is none of the path") {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  metadata::Session session(net, clock, metadata::Options{"http://meta//"});
  net.then(200, "TOKEN").then(200, "i-1");
  CHECK(session.get("x").has_value());
  CHECK(net.requests[0].url == "http://meta/latest/api/token");
  CHECK(net.requests[1].url == "http://meta/latest/x");
}

TEST_CASE("metadata: 401 brings one new token and one repeat") {
  World world;
  world.net.then(200, "OLD").then(401).then(200, "NEW").then(200, "value");
  CHECK(world.session.get("x")->body == "value");
  CHECK(fakes::header_of(world.net.requests[3], kTokenHeader) == "NEW");
}

TEST_CASE("metadata: a second 401 is an error that says so") {
  World world;
  world.net.then(200, "OLD").then(401).then(200, "NEW").then(401);
  CHECK(world.session.get("x").error().trouble == Trouble::token_unusable);
  CHECK(world.net.requests.size() == 4);
}

TEST_CASE("metadata: where no token endpoint exists requests go without a token") {
  for (const int status : {404, 405}) {
    World world;
    world.net.then(status).then(200, "value").then(200, "value");
    CHECK(world.session.get("x")->body == "value");
    CHECK(fakes::header_of(world.net.requests[1], kTokenHeader).empty());
    CHECK(world.session.get("x").has_value());
    CHECK(world.net.requests.size() == 3);
  }
}

TEST_CASE("metadata: 403 to the token request means the service is switched off") {
  World world;
  world.net.then(403);
  CHECK(world.session.get("x").error().trouble == Trouble::disabled);
  CHECK(world.session.get("x").error().error.code == ErrorCode::unreachable);  // asked again: nothing scripted
}

TEST_CASE("metadata: 403 without a token says that one is required, and the next call asks for it") {
  World world;
  world.net.then(404).then(403).then(200, "TOKEN").then(200, "value");
  CHECK(world.session.get("x").error().trouble == Trouble::token_required);
  CHECK(world.session.get("x")->body == "value");
}

TEST_CASE("metadata: a failing token endpoint stops strict mode, and plain mode goes on for this round only") {
  World strict;
  strict.net.then(500);
  CHECK(strict.session.get("x").error().trouble == Trouble::server_error);

  World lenient(PlainMode::whenever_no_token);
  lenient.net.then(500).then(200, "plain").then(200, "TOKEN").then(200, "tokened");
  CHECK(lenient.session.get("x")->body == "plain");
  CHECK(lenient.session.get("x")->body == "tokened");
  CHECK(fakes::header_of(lenient.net.requests[3], kTokenHeader) == "TOKEN");
}

TEST_CASE("metadata: a lost answer is asked for once more at once, with the same short limit") {
  World world;
  world.net.then(200, "TOKEN").then_fail(ErrorCode::timed_out).then(200, "value");
  world.net.on_send = [&](const http::Request&) { world.clock.advance(core::Millis{300}); };
  CHECK(world.session.get("x")->body == "value");
  REQUIRE(world.net.deadlines.size() == 3);
  CHECK(world.net.deadlines[2].at() - world.net.deadlines[1].at() == core::Millis{300});
}

TEST_CASE("metadata: a service that is gone is asked twice and then reported") {
  World world;
  world.net.then_fail(ErrorCode::unreachable).then_fail(ErrorCode::timed_out);
  const auto answer = world.session.get("x");
  CHECK(answer.error().trouble == Trouble::no_answer);
  CHECK(answer.error().error.code == ErrorCode::timed_out);
  CHECK(world.net.requests.size() == 2);
}

TEST_CASE("metadata: 429 and 5xx have their own troubles") {
  World world;
  world.net.then(200, "TOKEN").then(429).then(503);
  CHECK(world.session.get("x").error().trouble == Trouble::throttled);
  CHECK(world.session.get("x").error().trouble == Trouble::server_error);
}

TEST_CASE("metadata: what cannot be a token is not sent on") {
  for (const char* body : {"", "two words", "<html>\n</html>", "a\x01"}) {
    World world;
    world.net.then(200, body);
    CHECK(world.session.get("x").error().trouble == Trouble::odd_answer);
    CHECK(world.net.requests.size() == 1);
  }
}
