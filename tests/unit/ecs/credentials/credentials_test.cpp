#include "ecs/credentials/ecs_ram_role.h"
#include "ecs/credentials/refreshing.h"
#include "ecs/credentials/static_credentials.h"

#include <doctest/doctest.h>

#include <map>

#include "core/utc.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

using namespace preemptd;
using core::ErrorCode;
using core::Millis;
using core::Seconds;

namespace {

constexpr core::Deadline kBy;

/// A source that gives key-1, key-2, … each living an hour, or fails.
struct Source {
  fakes::FakeClock clock;
  int asked = 0;
  bool failing = false;
  Millis lives = Seconds(3600);
  ecs::Refreshing keys{clock, Seconds(900), [this](core::Deadline) { return fetch(); }};

  core::Result<ecs::TemporaryKey> fetch() {
    ++asked;
    if (failing) return core::fail(ErrorCode::unreachable, "source is down");
    return ecs::TemporaryKey{{"key-" + std::to_string(asked), core::Secret("s"), core::Secret("t"), "test"}, lives};
  }
  std::string key() {
    auto got = keys.get(kBy);
    return got ? got->access_key_id : "error: " + got.error().what;
  }
};

}  // namespace

TEST_CASE("ecs: a temporary key is renewed early, by the call that finds it old") {
  Source source;
  CHECK(source.key() == "key-1");
  source.clock.advance(Seconds(2699));
  CHECK(source.key() == "key-1");
  source.clock.advance(Seconds(1));
  CHECK(source.key() == "key-2");
}

TEST_CASE("ecs: while renewing fails the old key is kept until it expires and not a moment longer") {
  Source source;
  CHECK(source.key() == "key-1");
  source.failing = true;
  source.clock.advance(Seconds(3599));
  CHECK(source.key() == "key-1");
  source.clock.advance(Millis{999});
  CHECK(source.key() == "key-1");
  source.clock.advance(Millis{1});
  CHECK(source.key() == "error: source is down");
  source.failing = false;
  CHECK(source.key().starts_with("key-"));
}

TEST_CASE("ecs: a failing source is not asked at every call while an old key still works") {
  Source source;
  CHECK(source.key() == "key-1");
  source.failing = true;
  source.clock.advance(Seconds(2700));
  for (int i = 0; i < 10; ++i) CHECK(source.key() == "key-1");
  CHECK(source.asked == 2);
  source.clock.advance(Seconds(1));
  CHECK(source.key() == "key-1");
  CHECK(source.asked == 3);
  source.clock.advance(Seconds(1));
  CHECK(source.key() == "key-1");
  CHECK(source.asked == 3);
}

TEST_CASE("ecs: a short-lived key is used for half its life, not fetched at every call") {
  Source source;
  source.lives = Seconds(600);
  CHECK(source.key() == "key-1");
  source.clock.advance(Seconds(299));
  CHECK(source.key() == "key-1");
  source.clock.advance(Seconds(1));
  CHECK(source.key() == "key-2");
}

TEST_CASE("ecs: a key that comes expired is not used") {
  Source source;
  source.lives = Millis{0};
  CHECK(source.key() == "error: the key given has already expired");
}

TEST_CASE("ecs: a discarded key is not given again") {
  Source source;
  CHECK(source.key() == "key-1");
  source.keys.discard();
  CHECK(source.key() == "key-2");
}

TEST_CASE("ecs: the environment's key is read at every call") {
  std::map<std::string, std::string> variables;
  ecs::EnvironmentCredentials provider([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
  CHECK(provider.get(kBy).error().what == "ALIBABA_CLOUD_ACCESS_KEY_ID is not set");
  variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "id";
  CHECK(provider.get(kBy).error().what ==
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set or empty, although ALIBABA_CLOUD_ACCESS_KEY_ID is set; set both or "
        "none");
  variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "secret";
  CHECK(provider.get(kBy)->security_token.empty());
  variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "token";
  CHECK(provider.get(kBy)->security_token.reveal() == "token");
}

namespace {

struct Node {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  metadata::MetadataClient client{net, clock, {}};
  ecs::EcsRamRoleCredentials provider{client, clock};

  Node() { net.then(200, "TOKEN"); }
  static std::string key(const std::string& id, const std::string& expires) {
    return R"({"Code":"Success","AccessKeyId":")" + id +
           R"(","AccessKeySecret":"s","SecurityToken":"t","Expiration":")" + expires + "\"}";
  }
};

}  // namespace

TEST_CASE("ecs: the instance's role gives the key") {
  Node node;
  node.net.then(200, "NodeRole").then(200, Node::key("STS.1", core::format_utc(node.clock.wall + Seconds(21600))));
  const auto key = node.provider.get(kBy);
  REQUIRE(key.has_value());
  CHECK(key->access_key_id == "STS.1");
  CHECK(key->provider == "ecs_ram_role");
  CHECK(node.net.requests.back().url.ends_with("/ram/security-credentials/NodeRole"));
}

TEST_CASE("ecs: the key's life is counted by the service's clock where ours is wrong") {
  Node node;
  node.clock.wall += std::chrono::hours(30);
  const auto expires = *core::parse_utc("1994-11-06T14:49:37Z");
  node.net.then(200, "NodeRole")
      .then(200, Node::key("STS.1", core::format_utc(expires)), {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  CHECK(node.provider.get(kBy).has_value());
  node.clock.advance(Seconds(18000) - Millis{1});
  CHECK(node.provider.get(kBy).has_value());
  CHECK(node.net.requests.size() == 3);
}

TEST_CASE("ecs: without a role the sentence says so") {
  Node node;
  node.net.then(404);
  CHECK(node.provider.get(kBy).error() ==
        core::Error{ErrorCode::denied, "no RAM role is attached to this instance", "metadata service"});
}

TEST_CASE("ecs: fetching the instance's key ends by the caller's deadline, however many requests it takes") {
  Node node;
  node.net.answers.clear();
  const auto by = core::Deadline::after(node.clock.boot, Millis{250});
  node.net.on_send = [&](const http::Request&) { node.clock.advance(Millis{100}); };
  node.net.otherwise = [&](const http::Request&) {
    return core::Result<http::Reply>(core::fail(ErrorCode::timed_out, "hangs"));
  };
  CHECK_FALSE(node.provider.get(by).has_value());
  REQUIRE_FALSE(node.net.deadlines.empty());
  for (const auto& each : node.net.deadlines) CHECK(each <= by);
}
