#include "metadata/metadata_client.h"

#include <doctest/doctest.h>

#include "core/utc.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

using namespace preemptd;
using metadata::Trouble;

namespace {

struct World {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  metadata::MetadataClient client{net, clock, {}};

  World() { net.then(200, "TOKEN"); }
};

metadata::Termination termination_for(int status, const std::string& body) {
  World world;
  world.net.then(status, body);
  const auto answer = world.client.termination_time();
  REQUIRE(answer.has_value());
  return *answer;
}

}  // namespace

TEST_CASE("metadata: 404 and an empty 200 mean that nobody wants us gone") {
  CHECK(std::holds_alternative<metadata::NoNotice>(termination_for(404, "404 - Not Found").answer));
  CHECK(std::holds_alternative<metadata::NoNotice>(termination_for(200, "").answer));
  CHECK(std::holds_alternative<metadata::NoNotice>(termination_for(200, " \r\n").answer));
}

TEST_CASE("metadata: a UTC time is a notice, blanks around it or not") {
  const core::WallTime expected = *core::parse_utc("2015-01-05T18:02:00Z");
  for (const char* body :
       {"2015-01-05T18:02:00Z", " 2015-01-05T18:02:00Z\n", "2015-01-05T18:02:00.000Z", "2015-01-05T18:02:00+00:00"}) {
    CAPTURE(body);
    const auto answer = termination_for(200, body).answer;
    REQUIRE(std::holds_alternative<metadata::TerminatesAt>(answer));
    CHECK(std::get<metadata::TerminatesAt>(answer).at == expected);
  }
}

TEST_CASE("metadata: any other 200 is unreadable, kept short and printable") {
  for (const char* body :
       {"soon", "2015-01-05T18:02:00", "2015-01-05T18:02:00Zx", "<html>", "2015-13-05T18:02:00Z", "0"}) {
    CAPTURE(body);
    CHECK(std::get<metadata::Unreadable>(termination_for(200, body).answer).text == body);
  }
  const auto text =
      std::get<metadata::Unreadable>(termination_for(200, "a\x1b[31m" + std::string(9000, 'x')).answer).text;
  CHECK(text.size() < 300);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("metadata: a redirect or any other status is odd, not an answer") {
  for (const int status : {301, 302, 204, 400, 418}) {
    World world;
    world.net.then(status, "2015-01-05T18:02:00Z");
    CHECK(world.client.termination_time().error().trouble == Trouble::odd_answer);
  }
}

TEST_CASE("metadata: the server's date comes with the answer") {
  World world;
  world.net.then(404, "", {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}).then(404, "", {{"Date", "yesterday"}});
  CHECK(world.client.termination_time()->server_date == core::parse_utc("1994-11-06T08:49:37Z"));
  CHECK_FALSE(world.client.termination_time()->server_date.has_value());
}

TEST_CASE("metadata: the identity comes from the document in one request") {
  World world;
  world.net.then(
      200,
      R"({"instance-id":"i-bp1","region-id":"cn-hangzhou","zone-id":"cn-hangzhou-i","instance-type":"ecs.g7.large","mac":"00"})");
  CHECK(world.client.identity() == core::Identity{"i-bp1", "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"});
  CHECK(world.net.requests.size() == 2);
}

TEST_CASE("metadata: what the document lacks is asked for item by item") {
  World world;
  world.net.then(404).then(200, "i-bp1\n").then(200, "cn-hangzhou").then(404).then(200, "../../etc");
  CHECK(world.client.identity() == core::Identity{"i-bp1", "cn-hangzhou", "", ""});
}

TEST_CASE("metadata: a document that fails costs the identity nothing while the items answer") {
  World world;
  world.net.then(500).then(200, "i-bp1").then(200, "cn-hangzhou").then(404).then(404);
  CHECK(world.client.identity() == core::Identity{"i-bp1", "cn-hangzhou", "", ""});
  world.net.then_fail(core::ErrorCode::timed_out).then_fail(core::ErrorCode::timed_out);
  CHECK(world.client.identity().error().trouble == Trouble::no_answer);
  CHECK(world.net.answers.empty());
}

TEST_CASE("metadata: an identity without an instance id is no identity") {
  World world;
  world.net.then(200, "{}").then(404).then(404).then(404).then(404);
  CHECK(world.client.identity().error().trouble == Trouble::odd_answer);
}

TEST_CASE("metadata: no role is nothing, a role is its name, anything else is odd") {
  World world;
  world.net.then(404).then(200, "\n").then(200, "NodeRole\n").then(200, "<html>no</html>");
  CHECK(*world.client.role_name() == std::nullopt);
  CHECK(*world.client.role_name() == std::nullopt);
  CHECK(*world.client.role_name() == "NodeRole");
  CHECK(world.client.role_name().error().trouble == Trouble::odd_answer);
}

TEST_CASE("metadata: role credentials are read whole, and gone when the role is") {
  World world;
  world.net
      .then(
          200,
          R"({"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})")
      .then(404)
      .then(200, R"({"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"s3cr)");
  const auto found = world.client.role_credentials("NodeRole");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  CHECK((*found)->access_key_id == "STS.x");
  CHECK(*world.client.role_credentials("NodeRole") == std::nullopt);
  const auto odd = world.client.role_credentials("NodeRole");
  CHECK(odd.error().trouble == Trouble::odd_answer);
  CHECK(odd.error().error.what.find("s3cr") == std::string::npos);
}

TEST_CASE("metadata: a role name that could change the path is not asked for") {
  World world;
  CHECK_FALSE(world.client.role_credentials("../instance-id").has_value());
  CHECK(world.net.requests.empty());
}
