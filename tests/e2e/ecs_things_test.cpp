#include "e2e/ecs_cloud.h"
#include "sys/files.h"

/// The verbs for what is not an instance: networks, disks, snapshots, images.
using namespace preemptd;
using e2e::Cloud;
using e2e::contains;

TEST_CASE("ctl: a network is made, opened and taken down again, each step when the last is ready") {
  const Cloud cloud;
  const std::string vpc = cloud.json({"vpc", "create", "--block", "172.16.0.0/12"})["vpc_id"];
  const std::string vswitch = cloud.json({"vswitch", "create", vpc, "cn-hangzhou-i", "172.16.1.0/24"})["vswitch_id"];
  CHECK(cloud.json({"vswitch", "list", "--vpc-id", vpc})[0]["Status"] == "Available");
  const std::string group = cloud.json({"security-group", "create", "--vpc-id", vpc})["security_group_id"];
  CHECK(cloud.ctl({"security-group", "allow", group, "--from", "10.0.0.0/8"}).exit == 0);
  CHECK(cloud.json({"security-group", "rules", group})[0]["SourceCidrIp"] == "10.0.0.0/8");

  const auto early = cloud.ctl({"vpc", "delete", vpc, "--yes"});
  CHECK(early.exit == 2);
  CHECK(contains(early.err, "something still depends on it"));
  CHECK(cloud.ctl({"vswitch", "delete", vswitch}).exit == 1);
  CHECK(cloud.ctl({"vswitch", "delete", vswitch, "--yes"}).exit == 0);
  CHECK(cloud.ctl({"security-group", "delete", group, "--yes"}).exit == 0);
  CHECK(cloud.ctl({"vpc", "delete", vpc, "--yes"}).exit == 0);
  CHECK(cloud.json({"vpc", "list", vpc}).empty());
}

TEST_CASE("ctl: with --wait a snapshot and an image are finished when the command ends") {
  const Cloud cloud;
  const std::string disk = cloud.json({"disk", "list", "--type", "data"})[0]["DiskId"];
  const std::string snapshot = cloud.json({"snapshot", "create", disk, "--wait"})["snapshot_id"];
  CHECK(cloud.json({"snapshot", "list", snapshot})[0]["Status"] == "accomplished");
  const std::string image =
      cloud.json({"image", "create", "--instance", "i-bp1simulated0000own", "--wait"})["image_id"];
  CHECK(cloud.json({"image", "list", image})[0]["Status"] == "Available");
  CHECK(cloud.ctl({"image", "delete", image, "--yes"}).exit == 0);
  CHECK(cloud.ctl({"snapshot", "delete", snapshot, "--yes"}).exit == 0);
  CHECK(cloud.json({"snapshot", "list", snapshot}).empty());
}

TEST_CASE("ctl: a disk in use is not deleted, and can be kept") {
  const Cloud cloud;
  const std::string disk = cloud.json({"disk", "list", "--type", "data"})[0]["DiskId"];
  CHECK(cloud.ctl({"disk", "delete", disk, "--yes"}).exit == 2);
  CHECK(cloud.ctl({"disk", "keep", disk}).exit == 0);
  CHECK(cloud.json({"disk", "list", disk})[0]["DeleteWithInstance"] == false);
}

TEST_CASE("ctl: a narrow terminal gets fewer columns, and whole ids") {
  const Cloud cloud;
  const std::string list = e2e::program("preemptctl") + " instance list --config " + cloud.world.configuration_file();
  const auto shown = e2e::run("/usr/bin/script", {"-qec", "stty cols 60; " + list, "/dev/null"});
  REQUIRE(shown.exit == 0);
  CHECK(contains(shown.out, "i-bp1simulated0000own"));
  CHECK(contains(shown.out, "columns left out: "));
}

TEST_CASE("sim: the types, zones and images of 2019 can be had where they are asked for") {
  const e2e::Words old{"instance",       "run",    "--image",      "ubuntu1404_64_40G_cloudinit_20160727.raw", "--type",
                       "ecs.sn2.medium", "--zone", "cn-hangzhou-b"};
  CHECK(Cloud().ctl(old).exit != 0);
  const auto done = Cloud({"--retired"}).ctl(old);
  INFO(done.err);
  CHECK(done.exit == 0);
}

TEST_CASE("ctl: places and stock are listed") {
  const Cloud cloud;
  CHECK(cloud.json({"region", "zones"}).size() == 5);
  const auto counts = cloud.ctl({"spot", "zones"});
  CHECK(contains(counts.out, "WELL STOCKED"));
  CHECK_FALSE(contains(counts.out, "ecs.g7.large"));
  CHECK(contains(cloud.ctl({"spot", "zones", "--all"}).out, "ecs.g7.large"));
}

TEST_CASE("ctl: spot prices come as figures, as a series and as a picture") {
  const Cloud cloud;
  const e2e::Words asked{"spot", "prices", "ecs.g7.large", "--zone", "cn-hangzhou-i", "--zone", "cn-hangzhou-j"};
  const auto with = [&](e2e::Words more) {
    more.insert(more.begin(), asked.begin(), asked.end());
    return more;
  };
  const auto figures = cloud.json(with({"--bid", "100"}));
  REQUIRE(figures.size() == 2);
  CHECK(figures[0]["currency"] == "CNY");
  CHECK(figures[0]["under_bid"] == 1);
  CHECK(figures[0]["min"] <= figures[0]["p95"]);
  const auto rows = cloud.ctl(with({"--series", "--output", "csv", "--over", "5h"})).out;
  CHECK(rows.starts_with("TYPE,ZONE,AT,PRICE,CURRENCY\r\necs.g7.large,cn-hangzhou-i,"));
  const auto picture = cloud.world.folder() / "prices.svg";
  CHECK(cloud.ctl(with({"--svg", picture})).exit == 0);
  CHECK(contains(sys::read_file(picture, 1 << 20)->value(), "<svg "));
}

TEST_CASE("ctl: the time an instance is released by itself is set, shown and cancelled") {
  const Cloud cloud;
  const std::string own = "i-bp1simulated0000own";
  CHECK(contains(cloud.ctl({"instance", "auto-release", own}).out, "never released by itself"));
  CHECK(cloud.ctl({"instance", "auto-release", own, "--in", "45m", "--yes", "--yes-this-node"}).exit == 0);
  CHECK(cloud.json({"instance", "auto-release", own})["auto_release_time"].is_string());
  CHECK(cloud.ctl({"instance", "auto-release", own, "--cancel"}).exit == 0);
  CHECK(cloud.json({"instance", "auto-release", own})["auto_release_time"].is_null());
  CHECK(cloud.ctl({"instance", "auto-release", own, "--in", "5m"}).exit == 1);
  CHECK(cloud.ctl({"instance", "auto-release", own, "--in", "26280h", "--yes", "--yes-this-node"}).exit ==
        0);  // three years
  CHECK(cloud.ctl({"instance", "auto-release", own, "--in", "26400h"}).exit == 1);
}
