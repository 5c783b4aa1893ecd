#include "ecs/lifecycle/lifecycle.h"

#include <doctest/doctest.h>

#include "ecs/lifecycle/spot_watch.h"
#include "unit/ecs/cloud_world.h"

using namespace preemptd;
using core::Seconds;
using ecs::testing::CloudWorld;
using ecs::testing::error_body;
using ecs::testing::statuses;
using Names = std::vector<std::string>;

namespace {

ecs::LaunchSteps with_address() {
  ecs::LaunchSteps steps;
  steps.public_ip = true;
  return steps;
}

/// The answer of DescribeInstances: these ids, running, each with `more` in its object.
std::string instances(const Names& ids, const std::string& more = R"("Status":"Running")") {
  std::string items;
  for (const auto& id : ids) items += (items.empty() ? "" : ",") + (R"({"InstanceId":")" + id + "\"," + more + "}");
  return R"({"Instances":{"Instance":[)" + items + "]}}";
}

}  // namespace

TEST_CASE("ecs: create-then-start waits for Stopped, asks for an address, starts and waits for Running") {
  CloudWorld world;
  world.net.then(200, R"({"InstanceId":"i-1"})")
      .then(200, statuses({{"i-1", "Pending"}}))
      .then(200, statuses({{"i-1", "Stopped"}}));
  world.net.then(200, R"({"IpAddress":"203.0.113.7"})").then(200, "{}").then(200, statuses({{"i-1", "Running"}}));
  const auto report = ecs::create_and_start(world.client, {}, with_address(), world.in(Seconds(60)), {});
  CHECK(report.all_running());
  CHECK(report.instance_ids == Names{"i-1"});
  CHECK(world.actions() == Names{"CreateInstance", "DescribeInstanceStatus", "DescribeInstanceStatus",
                                 "AllocatePublicIpAddress", "StartInstance", "DescribeInstanceStatus"});
  CHECK(world.sent(0).contains("ClientToken"));
}

TEST_CASE("ecs: what was made is named even when a later step fails") {
  CloudWorld world;
  world.net.then(200, R"({"InstanceId":"i-1"})")
      .then(200, statuses({{"i-1", "Stopped"}}))
      .then(403, error_body("OperationDenied.NoStock"));
  const auto report = ecs::create_and_start(world.client, {}, {}, world.in(Seconds(60)), {});
  CHECK_FALSE(report.all_running());
  CHECK(report.instance_ids == Names{"i-1"});
  CHECK(report.failure->server->code == "OperationDenied.NoStock");
}

TEST_CASE("ecs: of a launch that loses an instance to stock all ids are named, and the lost one") {
  CloudWorld world;
  world.net.then(200, R"({"InstanceIdSets":{"InstanceIdSet":["i-1","i-2"]}})");
  world.net.then(200, statuses({{"i-1", "Pending"}, {"i-2", "Pending"}})).then(200, statuses({{"i-1", "Running"}}));
  world.net.then(200, statuses({{"i-1", "Running"}}));
  const auto report = ecs::run_and_wait(world.client, {}, {}, world.in(Seconds(60)), {});
  CHECK(report.instance_ids == Names{"i-1", "i-2"});
  REQUIRE(std::holds_alternative<ecs::Vanished>(*report.waited));
  CHECK(std::get<ecs::Vanished>(*report.waited).ids == Names{"i-2"});
}

TEST_CASE("ecs: stop-then-release goes in good order, patient with an instance that is being set up") {
  CloudWorld world;
  world.net.then(200, instances({"i-1"}));
  world.net.then(200, "{}").then(200, statuses({{"i-1", "Stopping"}})).then(200, statuses({{"i-1", "Stopped"}}));
  world.net.then(403, error_body("IncorrectInstanceStatus.Initializing")).then(200, "{}").then(200, statuses({}));
  const auto report = ecs::stop_and_release(world.client, {"i-1"}, world.in(Seconds(60)), {});
  CHECK(report.all_gone());
  CHECK(world.sent(1)["ForceStop"] == "false");
  CHECK(world.sent(1)["StoppedMode"] == "KeepCharging");
  CHECK(world.sent(4)["Force"] == "false");
  CHECK(world.sent(4)["ForceStop"] == "false");
}

TEST_CASE("ecs: an instance that cannot be stopped is not released") {
  CloudWorld world;
  world.net.then(200, instances({"i-1", "i-2"}));
  world.net.then(
      200,
      R"({"InstanceResponses":{"InstanceResponse":[{"InstanceId":"i-1","Code":"200"},{"InstanceId":"i-2","Code":"IncorrectInstanceStatus","Message":"busy","CurrentStatus":"Starting"}]}})");
  const auto report = ecs::stop_and_release(world.client, {"i-1", "i-2"}, world.in(Seconds(60)), {});
  CHECK(report.refused == Names{"i-2: IncorrectInstanceStatus: busy"});
  CHECK(report.only_stopped == Names{"i-1"});
  CHECK(world.actions() == Names{"DescribeInstances", "StopInstances"});
}

TEST_CASE("ecs: an id nobody knows and one that is stopping already keep the others from nothing") {
  CloudWorld world;
  world.net.then(200, instances({"i-1", "i-gone", "i-3"}));
  world.net.then(
      200,
      R"({"InstanceResponses":{"InstanceResponse":[{"InstanceId":"i-1","Code":"200"},{"InstanceId":"i-gone","Code":"InvalidInstanceId.NotFound","Message":"no"},{"InstanceId":"i-3","Code":"IncorrectInstanceStatus","Message":"busy","CurrentStatus":"Stopping"}]}})");
  world.net.then(200, statuses({{"i-1", "Stopped"}, {"i-3", "Stopping"}}))
      .then(200, statuses({{"i-1", "Stopped"}, {"i-3", "Stopped"}}));
  world.net.then(200, "{}").then(200, statuses({}));
  const auto report = ecs::stop_and_release(world.client, {"i-1", "i-gone", "i-3"}, world.in(Seconds(60)), {});
  CHECK(report.all_gone());
  CHECK(report.unknown == Names{"i-gone"});
  CHECK(report.only_stopped.empty());
  CHECK(world.action(4) == "DeleteInstances");
  CHECK(world.sent(4)["InstanceId.2"] == "i-3");
}

TEST_CASE("ecs: an instance that vanishes while the others stop is released already") {
  CloudWorld world;
  world.net.then(200, instances({"i-1", "i-2"}));
  world.net.then(
      200,
      R"({"InstanceResponses":{"InstanceResponse":[{"InstanceId":"i-1","Code":"200"},{"InstanceId":"i-2","Code":"200"}]}})");
  world.net.then(200, statuses({{"i-1", "Stopping"}, {"i-2", "Stopping"}})).then(200, statuses({{"i-1", "Stopping"}}));
  world.net.then(200, statuses({{"i-1", "Stopping"}}))
      .then(200, statuses({{"i-1", "Stopped"}}))
      .then(200, "{}")
      .then(200, statuses({}));
  const auto report = ecs::stop_and_release(world.client, {"i-1", "i-2"}, world.in(Seconds(60)), {});
  CHECK(report.all_gone());
  CHECK(world.action(6) == "DeleteInstance");
  CHECK(world.sent(6)["InstanceId"] == "i-1");
}

TEST_CASE("ecs: what was told to stop and is not released is named when time runs out or the release is refused") {
  CloudWorld slow;
  slow.net.then(200, instances({"i-1"})).then(200, "{}");
  slow.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{200, {}, statuses({{"i-1", "Stopping"}})});
  };
  const auto late = ecs::stop_and_release(slow.client, {"i-1"}, slow.in(Seconds(20)), {});
  CHECK(std::holds_alternative<ecs::RanOut>(*late.waited));
  CHECK(late.only_stopped == Names{"i-1"});

  CloudWorld world;
  world.net.then(200, instances({"i-1"})).then(200, "{}");
  world.net.then(200, statuses({{"i-1", "Stopped"}})).then(403, error_body("InvalidOperation.DeletionProtection"));
  const auto refused = ecs::stop_and_release(world.client, {"i-1"}, world.in(Seconds(20)), {});
  CHECK(refused.failure->server->code == "InvalidOperation.DeletionProtection");
  CHECK(refused.only_stopped == Names{"i-1"});
}

TEST_CASE("ecs: what can never be released is not stopped") {
  for (const char* obstacle : {R"("Status":"Running","DeletionProtection":true)",
                               R"("Status":"Running","InstanceChargeType":"PrePaid","ExpiredTime":"2098-01-01T16:00Z")",
                               R"("Status":"Starting")",
                               R"("Status":"Running","OperationLocks":{"LockReason":[{"LockReason":"security"}]})"}) {
    CAPTURE(obstacle);
    CloudWorld world;
    world.net.then(200, instances({"i-1"}, obstacle));
    const auto report = ecs::stop_and_release(world.client, {"i-1"}, world.in(Seconds(60)), {});
    CHECK(report.refused.size() == 1);
    CHECK(report.only_stopped.empty());
    CHECK(world.actions() == Names{"DescribeInstances"});
  }
}

TEST_CASE("ecs: a subscription that has expired may be released") {
  ecs::Instance old;
  old.charge_type = "PrePaid";
  old.status = "Stopped";
  old.expires = "2026-01-01T16:00Z";
  const auto day = core::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 2));
  CHECK(ecs::release_obstacle(old, false, day) == ecs::ReleaseObstacle::none);
  CHECK(ecs::release_obstacle(old, false, day - std::chrono::hours(48)) == ecs::ReleaseObstacle::subscription);
}

TEST_CASE("ecs: a start refused while the instance is being set up is tried again, not given up") {
  for (const char* code : {"IncorrectInstanceStatus.Initializing", "InstanceNotReady"}) {
    CloudWorld world;
    world.net.then(200, R"({"InstanceId":"i-1"})").then(200, statuses({{"i-1", "Stopped"}}));
    world.net.then(403, error_body(code));
    if (std::string_view(code) != "InstanceNotReady") world.net.then(200, statuses({{"i-1", "Stopped"}}));
    world.net.then(200, "{}").then(200, statuses({{"i-1", "Running"}}));
    const auto report = ecs::create_and_start(world.client, {}, {}, world.in(Seconds(60)), {});
    CHECK(report.all_running());
    CHECK(report.stage == ecs::LaunchStage::started);
  }
}

TEST_CASE("ecs: what was made is told before the wait, and the stage says what is still to be done") {
  CloudWorld world;
  Names told;
  auto steps = with_address();
  steps.made = [&](const Names& ids) { told = ids; };
  world.net.then(200, R"({"InstanceId":"i-1"})");
  world.net.otherwise = [&](const auto&) {
    CHECK(told == Names{"i-1"});
    return core::Result<http::Reply>(http::Reply{200, {}, statuses({{"i-1", "Pending"}})});
  };
  const auto report = ecs::create_and_start(world.client, {}, steps, world.in(Seconds(10)), {});
  CHECK(report.stage == ecs::LaunchStage::made);
  CHECK(std::holds_alternative<ecs::RanOut>(*report.waited));
}

TEST_CASE("ecs: a release whose answer was lost is looked for before it is repeated") {
  CloudWorld gone;
  gone.net.then_fail(core::ErrorCode::timed_out).then(200, statuses({})).then(200, statuses({}));
  CHECK(ecs::release_instances(gone.client, {"i-1"}, {}, gone.in(Seconds(60))).has_value());
  CHECK(gone.actions() == Names{"DeleteInstance", "DescribeInstanceStatus", "DescribeInstanceStatus"});

  CloudWorld there;
  there.net.then(504, "<html>");
  for (int looks = 0; looks < 4; ++looks) there.net.then(200, statuses({{"i-1", "Stopped"}}));
  there.net.then(200, "{}");
  CHECK(ecs::release_instances(there.client, {"i-1"}, {}, there.in(Seconds(60))).has_value());
  CHECK(there.actions() == Names{"DeleteInstance", "DescribeInstanceStatus", "DeleteInstance"});
}

TEST_CASE("ecs: a renewal whose answer was lost is what the expiry says it is") {
  const auto expiring = [](const char* time) {
    return std::string(R"({"Instances":{"Instance":[{"InstanceId":"i-1","ExpiredTime":")") + time + "\"}]}}";
  };
  CloudWorld made;
  made.net.then(200, expiring("2026-01-01T16:00Z")).then_fail(core::ErrorCode::unreachable);
  made.net.then(200, expiring("2026-02-01T16:00Z"));
  const auto renewed = ecs::renew_all(made.client, {}, 1, "Month", made.in(Seconds(300)));
  CHECK(renewed->at(0).moved());
  CHECK_FALSE(renewed->at(0).unknown());

  CloudWorld open;
  open.net.then(200, expiring("2026-01-01T16:00Z")).then_fail(core::ErrorCode::unreachable);
  open.net.otherwise = [&](const auto&) {
    return core::Result<http::Reply>(http::Reply{200, {}, expiring("2026-01-01T16:00Z")});
  };
  const auto unknown = ecs::renew_all(open.client, {}, 1, "Month", open.in(Seconds(300)));
  CHECK_FALSE(unknown->at(0).moved());
  CHECK(unknown->at(0).unknown());
}

TEST_CASE("ecs: a dry run of more than 100 tries all of them") {
  CloudWorld world;
  Names ids;
  for (int i = 0; i < 150; ++i) ids.push_back("i-" + std::to_string(i));
  world.net.then(400, error_body("DRYRUN.SUCCESS")).then(400, error_body("DRYRUN.SUCCESS"));
  const auto told = ecs::release_instances(world.client, ids, {true, true}, world.in(Seconds(60)));
  REQUIRE_FALSE(told.has_value());
  CHECK(ecs::is_dry_run_passed(told.error()));
  CHECK(world.net.requests.size() == 2);
}

TEST_CASE("ecs: a renewal is done when the expiry has moved") {
  CloudWorld world;
  const auto expiring = [](const char* time) {
    return std::string(R"({"Instances":{"Instance":[{"InstanceId":"i-1","ExpiredTime":")") + time + "\"}]}}";
  };
  world.net.then(200, expiring("2026-01-01T16:00Z"))
      .then(200, R"({"OrderId":"1"})")
      .then(200, expiring("2026-01-01T16:00Z"));
  world.net.then(200, expiring("2026-02-01T16:00Z"));
  const auto renewals = ecs::renew_all(world.client, {}, 1, "Month", world.in(Seconds(300)));
  REQUIRE(renewals.has_value());
  CHECK(renewals->at(0).moved());
  CHECK(world.sent(1)["Period"] == "1");
}

TEST_CASE("ecs: a renewal that was refused is told, one whose expiry never moves is not called renewed") {
  CloudWorld world;
  const std::string two =
      R"({"Instances":{"Instance":[{"InstanceId":"i-1","ExpiredTime":"2026-01-01T16:00Z"},{"InstanceId":"i-2","ExpiredTime":"2026-01-02T16:00Z"}]}})";
  world.net.then(200, two).then(403, error_body("ChargeTypeViolation")).then(200, two).then(200, R"({"OrderId":"1"})");
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(
        http::Reply{200, {}, R"({"Instances":{"Instance":[{"InstanceId":"i-2","ExpiredTime":"2026-01-02T16:00Z"}]}})"});
  };
  const auto renewals = ecs::renew_all(world.client, {}, 1, "Month", world.in(Seconds(300)));
  CHECK(renewals->at(0).failure->server->code == "ChargeTypeViolation");
  CHECK_FALSE(renewals->at(1).failure.has_value());
  CHECK_FALSE(renewals->at(1).moved());
}

namespace {

ecs::InstanceSummary sighting(const char* id, const char* status, bool recycling = false) {
  ecs::InstanceSummary seen{id, status, "", "", {}};
  if (recycling) seen.locks.push_back({"recycling", ""});
  return seen;
}

std::string told(const std::vector<ecs::SpotChange>& happenings) {
  std::string text;
  for (const auto& each : happenings) text += std::string(ecs::name_of(each.event)) + ":" + each.instance_id + " ";
  return text;
}

}  // namespace

TEST_CASE("ecs: the watch tells each change once, and calls nothing vanished after one miss") {
  ecs::SpotWatch watch({"i-1", "i-2"});
  CHECK(told(watch.look({sighting("i-1", "Running"), sighting("i-2", "Running")})).empty());
  CHECK(told(watch.look({sighting("i-1", "Running", true), sighting("i-2", "Running")})) == "recycling:i-1 ");
  CHECK(told(watch.look({sighting("i-1", "Stopped", true), sighting("i-2", "Running")})) == "stopped:i-1 ");
  CHECK(told(watch.look({sighting("i-1", "Stopped", true)})).empty());
  CHECK(told(watch.look({sighting("i-2", "Running")})).empty());
  CHECK(told(watch.look({sighting("i-2", "Running")})) == "vanished:i-1 ");
  CHECK(watch.still_there() == 1);
  CHECK(told(watch.look({sighting("i-2", "Running")})).empty());
}

TEST_CASE("ecs: an instance that was stopped, started and stopped again is told twice") {
  ecs::SpotWatch watch({});
  CHECK(told(watch.look({sighting("i-1", "Stopped")})) == "stopped:i-1 ");
  CHECK(told(watch.look({sighting("i-1", "Starting")})).empty());
  CHECK(told(watch.look({sighting("i-1", "Running")})) == "back:i-1 ");
  CHECK(told(watch.look({sighting("i-1", "Stopping")})) == "stopping:i-1 ");
  CHECK(told(watch.look({sighting("i-1", "Stopped")})) == "stopped:i-1 ");
}

TEST_CASE("ecs: an id that never was does not vanish, and one that is there again is back") {
  ecs::SpotWatch watch({"i-1", "i-never"});
  CHECK(told(watch.look({sighting("i-1", "Running")})).empty());
  CHECK(told(watch.look({})).empty());
  CHECK(told(watch.look({})) == "vanished:i-1 ");
  CHECK(watch.still_there() == 0);
  CHECK(told(watch.look({sighting("i-1", "Running")})) == "back:i-1 ");
}

TEST_CASE("ecs: the pause keeps to the budget of calls") {
  CHECK(ecs::pause_for_budget(1, 12) == Seconds(5));
  CHECK(ecs::pause_for_budget(3, 12) == Seconds(15));
  CHECK(ecs::pause_for_budget(0, 60) == Seconds(1));
}

TEST_CASE("ecs: many instances are sighted 100 to a call") {
  CloudWorld world;
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) ids.push_back("i-" + std::to_string(i));
  world.net.otherwise = [](const auto&) {
    return core::Result<http::Reply>(http::Reply{200, {}, R"({"Instances":{"Instance":[{"InstanceId":"i-0"}]}})"});
  };
  ecs::InstanceQuery query;
  query.ids = ids;
  int calls = 0;
  const auto found = ecs::poll_instances(world.client, query, world.in(Seconds(60)), calls);
  CHECK(found->size() == 3);
  CHECK(calls == 3);
  CHECK(world.sent(2)["InstanceIds"].size() == 50 * 8 + 1);
}
