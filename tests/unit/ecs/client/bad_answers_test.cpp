#include "ecs/instances/assistant.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/launch.h"
#include "ecs/lifecycle/lifecycle.h"
#include "ecs/lifecycle/spot_watch.h"
#include "ecs/network/network.h"
#include "ecs/storage/storage.h"
#include "unit/ecs/cloud_world.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::ErrorCode;
using core::Seconds;
using ecs::testing::CloudWorld;

namespace {

constexpr const char* kRequest = "4C3B2A19-0000-4000-8000-000000000001";

std::string refusal(const std::string& code, const std::string& message) {
  return R"({"RequestId":")" + std::string(kRequest) + R"(","HostId":"ecs.aliyuncs.com","Code":")" + code +
         R"(","Message":")" + message + "\"}";
}

/// A bad answer, and what the sentence about it must hold besides the request id.
struct Row {
  int status;
  std::string body;
  ErrorCode fault;
  std::string says;
};

}  // namespace

TEST_CASE("ecs: whatever is wrong with a call, the sentence says what to do and names the request") {
  for (const auto& row : {
           Row{404, refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found."), ErrorCode::denied,
               "check the access key"},
           Row{403, refusal("InvalidAccessKeyId.Inactive", "disabled"), ErrorCode::denied, "check the access key"},
           Row{400, refusal("SignatureDoesNotMatch", "not matched"), ErrorCode::denied, "check the access key secret"},
           Row{400, refusal("InvalidTimeStamp.Expired", "expired"), ErrorCode::refused,
               "this machine's clock differs too much"},
           Row{400, refusal("InvalidSecurityToken.Expired", "expired"), ErrorCode::denied,
               "InvalidSecurityToken.Expired"},
           Row{400, refusal("InvalidSecurityToken.Malformed", "malformed"), ErrorCode::denied,
               "InvalidSecurityToken.Malformed"},
           Row{403, refusal("Forbidden.RAM", "no"), ErrorCode::denied, "allow ecs:RunInstances to this key in RAM"},
           Row{404, refusal("InvalidInstanceId.NotFound", "The specified InstanceId does not exist."),
               ErrorCode::refused, "does not exist"},
           Row{400, refusal("InvalidParameter.Amount", "out of range"), ErrorCode::refused,
               "InvalidParameter.Amount: out of range"},
           Row{200, refusal("InvalidParameter", "in a 200"), ErrorCode::refused, "InvalidParameter: in a 200"},
           Row{200, R"({"InstanceIdSets":{"InstanceIdSet":["i-1)", ErrorCode::bad_reply, "not JSON, or cut short"},
           Row{200, "", ErrorCode::bad_reply, "an empty answer"},
           Row{200, "<html>please log in</html>", ErrorCode::bad_reply, "please log in"},
           Row{502, "<html>Bad Gateway</html>", ErrorCode::unreachable, "status 502: <html>Bad Gateway</html>"},
           Row{407, "", ErrorCode::bad_reply, "status 407"},
           Row{302, "", ErrorCode::bad_reply, "status 302"},
       }) {
    CAPTURE(row.body);
    CloudWorld world;
    const http::Reply reply{row.status, {{"x-acs-request-id", kRequest}}, row.body};
    world.net.otherwise = [&](const auto&) { return core::Result<http::Reply>(reply); };
    const auto answer = world.client.call({ecs::kEcs, "RunInstances", {}}, world.in(Seconds(9)));
    REQUIRE_FALSE(answer.has_value());
    const auto& error = answer.error().error;
    CHECK(error.code == row.fault);
    CAPTURE(error.what);
    CHECK(error.what.find(row.says) != std::string::npos);
    CHECK(error.what.find(kRequest) != std::string::npos);
    CHECK(error.where == "ecs:RunInstances");
    CHECK(answer.error().server->request_id == kRequest);
  }
}

TEST_CASE("ecs: an answer that makes something and does not say what is a failure that names the request") {
  const auto check = [&](auto&& make) {
    CloudWorld world;
    world.net.then(200, R"({"RequestId":")" + std::string(kRequest) + R"("})");
    const auto made = make(world.client, world.in(Seconds(9)));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().error.code == ErrorCode::bad_reply);
    CHECK(made.error().error.what.find(kRequest) != std::string::npos);
  };
  using ecs::Client;
  check([](Client& c, auto by) { return ecs::create_instance(c, {ecs::kEcs, "CreateInstance", {}}, by); });
  check([](Client& c, auto by) { return ecs::run_instances(c, {ecs::kEcs, "RunInstances", {}}, by); });
  check([](Client& c, auto by) { return ecs::allocate_public_ip(c, "i-1", by); });
  check([](Client& c, auto by) { return ecs::create_snapshot(c, "d-1", "", {}, by); });
  check([](Client& c, auto by) { return ecs::create_image(c, "i-1", "", "n", by); });
  check([](Client& c, auto by) { return ecs::create_security_group(c, "vpc-1", "n", by); });
  check([](Client& c, auto by) { return ecs::create_vpc(c, "10.0.0.0/8", "n", by); });
  check([](Client& c, auto by) { return ecs::create_vswitch(c, "vpc-1", "z", "10.0.0.0/24", "n", by); });
  check([](Client& c, auto by) { return ecs::run_command(c, {{"i-1"}}, by); });
}

TEST_CASE("ecs: a launch of nothing is not called running") {
  CloudWorld world;
  world.net.then(200, R"({"RequestId":"R","InstanceIdSets":{"InstanceIdSet":[]}})");
  const auto report = ecs::run_and_wait(world.client, {}, {}, world.in(Seconds(9)), {});
  CHECK_FALSE(report.all_running());
  CHECK(report.failure->error.what == "an answer without instance ids (request R)");
}

TEST_CASE("ecs: JSON that is no answer of the API empties no list") {
  CloudWorld world;
  world.net.then(200, "{}").then(200, R"({"RequestId":"R"})");
  int calls = 0;
  const auto seen = ecs::poll_instances(world.client, {}, world.in(Seconds(9)), calls);
  REQUIRE_FALSE(seen.has_value());
  CHECK(seen.error().error.code == ErrorCode::bad_reply);
  CHECK(ecs::poll_instances(world.client, {}, world.in(Seconds(9)), calls)->empty());
}
