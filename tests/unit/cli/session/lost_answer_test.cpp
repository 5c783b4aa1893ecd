#include "cli/session/lost_answer.h"

#include <doctest/doctest.h>

#include "fakes/fake_transport.h"

using namespace preemptd;
using cli::LostAnswer;
using cli::RememberingTransport;

namespace {

http::Request asked(const std::string& action, const std::string& query) {
  http::Request request;
  request.url = "https://ecs.aliyuncs.com/?" + query;
  request.headers.push_back({"x-acs-action", action});
  return request;
}

std::string error(const std::string& code) {
  return R"({"Code":")" + code + R"(","Message":"m","RequestId":"R"})";
}

struct World {
  fakes::FakeTransport net;
  RememberingTransport remembering{net};
  bool lost_after(const http::Request& request) {
    (void)remembering.send(request, {});
    return remembering.lost().has_value();
  }
};

}  // namespace

TEST_CASE("lost: a change without a readable answer is remembered until its fate is known") {
  World world;
  const auto run = asked("RunInstances", "ClientToken=t&InstanceName=a%20b");
  world.net.then_fail(core::ErrorCode::unreachable).then(400, error("OperationFailed.LastTokenProcessing"));
  world.net.then(503, error("ServiceUnavailable")).then(200, "<html>").then(200, "{}");
  CHECK(world.lost_after(run));
  CHECK(world.lost_after(run));
  CHECK(world.lost_after(run));
  CHECK(world.lost_after(run));
  CHECK_FALSE(world.lost_after(run));
}

TEST_CASE("lost: what never arrived, was refused, or only reads is not lost") {
  World world;
  const auto stop = asked("StopInstance", "InstanceId=i-1");
  world.net.arrives = false;
  world.net.then_fail(core::ErrorCode::unreachable);
  CHECK_FALSE(world.lost_after(stop));
  world.net.arrives = true;
  world.net.then(403, error("IncorrectInstanceStatus")).then_fail(core::ErrorCode::timed_out);
  CHECK_FALSE(world.lost_after(stop));
  CHECK_FALSE(world.lost_after(asked("DescribeInstances", "")));
  world.net.then_fail(core::ErrorCode::timed_out).then(403, error("OperationDenied.NoStock"));
  CHECK(world.lost_after(stop));
  CHECK_FALSE(world.lost_after(stop));
}

TEST_CASE("lost: the advice says how to find it and never to repeat what cannot be repeated") {
  const auto text = [](const LostAnswer& lost) {
    std::string all;
    for (const auto& each : advice_on(lost)) all += each + "\n";
    return all;
  };
  const auto run = text({"RunInstances", {{"ClientToken", "t-1"}, {"Tag.1.Key", "pool"}, {"Tag.1.Value", "a"}}});
  CHECK(run.find("preemptctl instance list --tag 'pool=a'") != run.npos);
  CHECK(run.find("--client-token t-1") != run.npos);
  const auto renew = text({"RenewInstance", {{"ClientToken", "t-1"}, {"InstanceId", "i-1"}}});
  CHECK(renew.find("--client-token") == renew.npos);
  CHECK(renew.find("preemptctl instance show i-1") != renew.npos);
  const auto image = text({"CreateImage", {{"ImageName", "x"}}});
  CHECK(image.find("preemptctl image list --name 'x'") != image.npos);
}
