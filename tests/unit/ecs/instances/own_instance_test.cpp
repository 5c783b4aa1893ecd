#include "ecs/instances/own_instance.h"

#include "ecs/credentials/static_credentials.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "unit/ecs/cloud_world.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using core::ErrorCode;
using ecs::testing::data_file;

namespace {

struct World {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  ecs::StaticCredentials key{{"id", core::Secret("secret"), {}, "test"}};
  ecs::Client client{ecs::ClientOptions{"cn-hangzhou", {}, {}, {}, core::Seconds(10), {1, {}, {}}},
                     {net, key, clock, {}, {}, {}}};

  ecs::Result<ecs::OwnInstance> look(const std::string& body) {
    net.then(200, body);
    return ecs::describe_own_instance(client, "cn-hangzhou", "i-1",
                                      core::Deadline::after(clock.boot_now(), core::Seconds(10)));
  }
};

std::string with_locks(const std::string& locks) {
  return R"({"RequestId":"R","Instances":{"Instance":[{"InstanceId":"i-1","Status":"Stopped","SpotInterruptionBehavior":"Stop")" +
         locks + "}]}}";
}

}  // namespace

TEST_CASE("ecs: locks are read wrapped, bare, null and missing, and recycling without regard to case or status") {
  struct Row {
    const char* locks;
    bool recycling;
  };
  for (const auto& row :
       {Row{R"(,"OperationLocks":{"LockReason":[{"LockReason":"Recycling","LockMsg":""}]})", true},
        Row{R"(,"OperationLocks":{"LockReason":[{"LockReason":"security"},{"LockReason":"recycling"}]})", true},
        Row{R"(,"OperationLocks":[{"LockReason":"RECYCLING"}])", true},
        Row{R"(,"OperationLocks":{"LockReason":[{"LockReason":"financial"}]})", false},
        Row{R"(,"OperationLocks":{"LockReason":[]})", false}, Row{R"(,"OperationLocks":{"LockReason":null})", false},
        Row{R"(,"OperationLocks":{})", false}, Row{R"(,"OperationLocks":[])", false},
        Row{R"(,"OperationLocks":"")", false}, Row{R"(,"OperationLocks":null)", false}, Row{"", false}}) {
    CAPTURE(row.locks);
    World world;
    const auto seen = world.look(with_locks(row.locks));
    REQUIRE(seen.has_value());
    REQUIRE(seen->instance.has_value());
    CHECK(seen->instance->recycling() == row.recycling);
    CHECK(seen->instance->status == "Stopped");
    CHECK(seen->instance->interruption_behavior == "Stop");
  }
}

TEST_CASE("ecs: an instance the cloud does not know is a distinct value") {
  World world;
  const auto seen = world.look(R"({"RequestId":"R","Instances":{"Instance":[]}})");
  REQUIRE(seen.has_value());
  CHECK_FALSE(seen->instance.has_value());
}

TEST_CASE("ecs: an answer without a list, or about somebody else, is no answer") {
  World world;
  CHECK(world.look("{}").error().error.code == ErrorCode::bad_reply);
  CHECK(world.look(R"({"Instances":null})").error().error.code == ErrorCode::bad_reply);
  CHECK(world.look(R"({"Instances":{"Instance":[{"InstanceId":"i-2"}]}})").error().error.code == ErrorCode::bad_reply);
  CHECK(world.look("<html>").error().error.code == ErrorCode::bad_reply);
  CHECK(world.look(R"({"Instances":{"Instance":[{"InstanceId":"i-1")").error().error.code == ErrorCode::bad_reply);
}

TEST_CASE("ecs: the documented answer of a reclaimed instance is recognised") {
  World world;
  world.net.then(200, data_file("examples/describe-instances-recycling.json").dump());
  const auto seen = ecs::describe_own_instance(world.client, "cn-hangzhou", "i-bp1fictional000a01",
                                               core::Deadline::after(world.clock.boot_now(), core::Seconds(10)));
  REQUIRE(seen.has_value());
  CHECK(seen->instance->recycling());
  CHECK(seen->instance->interruption_behavior == "Terminate");
}

TEST_CASE("ecs: one id is asked for, signed") {
  World world;
  CHECK(world.look(with_locks("")).has_value());
  const auto& request = world.net.requests.back();
  CHECK(request.url == "https://ecs.cn-hangzhou.aliyuncs.com/?InstanceIds=%5B%22i-1%22%5D&RegionId=cn-hangzhou");
  CHECK(fakes::header_of(request, "x-acs-action") == "DescribeInstances");
}

TEST_CASE("ecs: a Recycling lock is seen although the instance's name is cut inside an emoji") {
  ecs::testing::CloudWorld world;
  world.net.then(200,
                 R"({"RequestId":"R","Instances":{"Instance":[{"InstanceId":"i-1","InstanceName":"cut\ud83d",)"
                 R"("Status":"Running","OperationLocks":{"LockReason":[{"LockReason":"Recycling","LockMsg":""}]}}]}})");
  const auto own = ecs::describe_own_instance(world.client, "cn-hangzhou", "i-1", world.in(core::Seconds(9)));
  REQUIRE(own.has_value());
  CHECK(ecs::is_recycling(own->instance->locks));
}

TEST_CASE("ecs: of an instance that is listed twice, a lock in either entry counts, and so does the behavior") {
  for (const bool locked_first : {true, false}) {
    World w;
    const std::string locked = R"({"InstanceId":"i-1","OperationLocks":{"LockReason":[{"LockReason":"Recycling"}]}})";
    const std::string plain = R"({"InstanceId":"i-1","SpotInterruptionBehavior":"Stop"})";
    const auto found = w.look(R"({"Instances":{"Instance":[)" + (locked_first ? locked : plain) + "," +
                              (locked_first ? plain : locked) + "]}}");
    REQUIRE(found);
    REQUIRE(found->instance);
    CHECK(found->instance->recycling());
    CHECK(found->instance->interruption_behavior == "Stop");
  }
}
