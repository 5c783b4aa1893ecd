#include <doctest/doctest.h>

#include "core/utc.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;
using tests::Cloud;

namespace {

const core::Millis kStep{1000};

void reclaim(Cloud& cloud, core::Millis notice, bool stop, std::optional<core::Seconds> comeback = {}) {
  cloud.world.fleet.reclaim(*cloud.world.fleet.find(cloud.own()),
                            {.at = cloud.now + notice, .stop = stop, .comeback = comeback});
}

}  // namespace

TEST_CASE("simulator: RunInstances goes Pending, Starting, Running; CreateInstance ends Stopped") {
  Cloud cloud;
  const std::string id = cloud.run();
  CHECK(cloud.status(id) == "Pending");
  cloud.pass(kStep);
  CHECK(cloud.status(id) == "Starting");
  cloud.pass(kStep);
  CHECK(cloud.status(id) == "Running");
  const std::string made =
      cloud
          .ask("CreateInstance",
               {{"RegionId", "cn-hangzhou"}, {"ImageId", cloud.world.own().image}, {"InstanceType", "ecs.g7.large"}})
          ->at("InstanceId");
  cloud.pass(10 * kStep);
  CHECK(cloud.status(made) == "Stopped");
}

TEST_CASE("simulator: every change happens at its own instant, however late one looks") {
  Cloud cloud;
  const std::string id = cloud.run();
  cloud.pass(std::chrono::hours(1));
  CHECK(cloud.status(id) == "Running");
  CHECK(cloud.world.fleet.find(id)->started == cloud.now - std::chrono::hours(1) + kStep);
}

TEST_CASE("simulator: stop, start, reboot and release keep to the states they may be called in") {
  Cloud cloud;
  const Parameters own{{"InstanceId", cloud.own()}};
  CHECK(cloud.code("StartInstance", own) == "IncorrectInstanceStatus");
  CHECK(cloud.code("DeleteInstance", own) == "IncorrectInstanceStatus");
  CHECK(cloud.code("RebootInstance", own) == "");
  CHECK(cloud.status(cloud.own()) == "Stopping");
  cloud.pass(2 * kStep);
  CHECK(cloud.status(cloud.own()) == "Running");
  CHECK(cloud.code("StopInstance", own) == "");
  CHECK(cloud.code("StopInstance", own) == "IncorrectInstanceStatus");
  CHECK(cloud.code("StartInstance", own) == "IncorrectInstanceStatus");
  cloud.pass(kStep);
  CHECK(cloud.status(cloud.own()) == "Stopped");
  CHECK(cloud.code("DeleteInstance", own) == "");
  CHECK(cloud.status(cloud.own()) == "gone");
  CHECK(cloud.code("StartInstance", own) == "InvalidInstanceId.NotFound");
}

TEST_CASE("simulator: a running instance is released with Force, a protected or a young one is not") {
  Cloud cloud;
  const std::string id = cloud.run({{"DeletionProtection", "true"}});
  CHECK(cloud.code("DeleteInstance", {{"InstanceId", id}, {"Force", "true"}}) == "InvalidOperation.DeletionProtection");
  CHECK(cloud.code("ModifyInstanceAttribute", {{"InstanceId", id}, {"DeletionProtection", "false"}}) == "");
  CHECK(cloud.code("DeleteInstance", {{"InstanceId", id}, {"Force", "true"}}) ==
        "IncorrectInstanceStatus.Initializing");
  cloud.pass(2 * kStep);
  CHECK(cloud.code("DeleteInstance", {{"InstanceId", id}, {"Force", "true"}}) == "");
  cloud.pass(kStep);
  CHECK(cloud.status(id) == "gone");
}

TEST_CASE("simulator: a reclaim acts at its deadline and not before") {
  Cloud cloud;
  reclaim(cloud, core::Seconds(300), false);
  cloud.pass(core::Millis(299'999));
  CHECK(cloud.status(cloud.own()) == "Running");
  cloud.pass(core::Millis(1));
  CHECK(cloud.status(cloud.own()) == "Stopping");
  cloud.pass(kStep);
  CHECK(cloud.status(cloud.own()) == "gone");
  CHECK(cloud.world.own().id == cloud.own());
}

TEST_CASE("simulator: a moved reclaim acts at its new time, a withdrawn one never") {
  Cloud cloud;
  reclaim(cloud, core::Seconds(300), false);
  reclaim(cloud, core::Seconds(600), false);
  cloud.pass(core::Seconds(301));
  CHECK(cloud.status(cloud.own()) == "Running");
  cloud.world.fleet.withdraw(*cloud.world.fleet.find(cloud.own()));
  cloud.pass(core::Seconds(600));
  CHECK(cloud.status(cloud.own()) == "Running");
}

TEST_CASE("simulator: a stopped instance comes back by itself when told to, without its lock") {
  Cloud cloud;
  reclaim(cloud, core::Seconds(10), true, core::Seconds(60));
  cloud.pass(core::Seconds(10) + kStep);
  CHECK(cloud.status(cloud.own()) == "Stopped");
  CHECK(cloud.world.own().stop_charging);
  CHECK(cloud.world.own().reclaim.has_value());
  cloud.pass(core::Seconds(60) + kStep);
  CHECK(cloud.status(cloud.own()) == "Running");
  CHECK_FALSE(cloud.world.own().reclaim.has_value());
}

TEST_CASE("simulator: a disk outlives its instance when it is told to") {
  Cloud cloud;
  CHECK(cloud.code("ModifyDiskAttribute", {{"DiskId", "d-bp1simulated0000data"}, {"DeleteWithInstance", "false"}}) ==
        "");
  reclaim(cloud, core::Seconds(1), false);
  cloud.pass(core::Seconds(10));
  CHECK(cloud.world.storage.disks.find("d-bp1simulated00000sys") == nullptr);
  const Disk* kept = cloud.world.storage.disks.find("d-bp1simulated0000data");
  REQUIRE(kept != nullptr);
  CHECK(kept->status(cloud.now) == "Available");
}

TEST_CASE("simulator: a snapshot fails when its instance stops underway") {
  Cloud cloud;
  const std::string id = cloud.ask("CreateSnapshot", {{"DiskId", "d-bp1simulated0000data"}})->at("SnapshotId");
  CHECK(cloud.world.storage.snapshots.find(id)->status(cloud.now) == "progressing");
  CHECK(cloud.code("StopInstance", {{"InstanceId", cloud.own()}}) == "");
  CHECK(cloud.world.storage.snapshots.find(id)->status(cloud.now) == "failed");
}

TEST_CASE("simulator: an instance with an automatic release time goes then") {
  Cloud cloud;
  const auto at = [&](core::Seconds later) { return core::format_utc(cloud.now + later); };
  CHECK(cloud.code("ModifyInstanceAutoReleaseTime",
                   {{"InstanceId", cloud.own()}, {"AutoReleaseTime", at(core::Seconds(1000))}}) ==
        "InvalidAutoReleaseTime.Malformed");
  CHECK(cloud.code("ModifyInstanceAutoReleaseTime",
                   {{"InstanceId", cloud.own()}, {"AutoReleaseTime", at(core::Seconds(3600))}}) == "");
  cloud.pass(core::Seconds(3500));
  CHECK(cloud.status(cloud.own()) == "Running");
  cloud.pass(core::Seconds(200));
  CHECK(cloud.status(cloud.own()) == "gone");
}
