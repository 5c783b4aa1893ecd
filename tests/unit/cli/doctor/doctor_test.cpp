#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command/checks.h"
#include "cli/node/policy.h"
#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::cli;

TEST_CASE("doctor: the narrowest route to the metadata service counts") {
  const std::string heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const std::string everything = "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  const std::string vpn = "tailscale0\t00004064\t00000000\t0001\t0\t0\t0\t0000C0FF\t0\t0\t0\n";
  constexpr std::uint32_t kAddress = 100U << 24 | 100U << 16 | 100U << 8 | 200U;
  CHECK(interface_for(heading + everything, kAddress) == "eth0");
  CHECK(interface_for(heading + everything + vpn, kAddress) == "tailscale0");
  CHECK(interface_for(heading + vpn + everything, kAddress) == "tailscale0");
  CHECK(interface_for(heading, kAddress) == "");
  CHECK(interface_for("", kAddress) == "");
  CHECK(interface_for("rubbish\tx\ty\tz\t0\t0\t0\tq\n", kAddress) == "");
}

TEST_CASE("doctor: a key that is wrong costs the key, and does not keep preemptd from starting") {
  const fakes::TempFolder folder;
  const auto loaded = config::load_leniently({folder.write("preemptd.toml", "[drain]\nwindoww = \"3m\"\n"), {}, {}});
  REQUIRE(loaded.problems.size() == 1);
  const auto checks = check_configuration(loaded);
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].finding == Finding::fail);
  CHECK(checks[0].advice == "fix it: until then preemptd ignores this setting");
}

TEST_CASE("doctor: what a hook left outside its state folder and is still there would go into an image") {
  const fakes::TempFolder folder;
  config::Config config;
  config.paths.state = folder / "state";
  CHECK(check_leftovers(config)[0].finding == Finding::ok);
  const auto left = folder.write("metrics/preemptd.prom", "x");
  folder.write("state/drains/n-1/journal", "");
  folder.write("state/drains/n-1/hooks/10-marker/outside", left + "\n" + (folder / "gone") + "\n");
  folder.write("state/drains/n-1/hooks/20-other/note", "");
  const auto checks = check_leftovers(config);
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].finding == Finding::fail);
  CHECK(checks[0].what == "10-marker left " + left + ", which would go into the image");
  CHECK(checks[0].advice == "preemptctl undo, or remove it");
}

TEST_CASE("doctor: a list of leftovers that cannot be read is no empty one") {
  const fakes::TempFolder folder;
  config::Config config;
  config.paths.state = folder / "state";
  folder.write("state/drains/n-1/journal", "");
  folder.write("state/drains/n-1/hooks/10-marker/outside/x", "");  // a folder where the list should be
  const auto checks = check_leftovers(config);
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].finding == Finding::warn);
}

TEST_CASE("policy: a ready-made hook is known by what it is, not by its name") {
  const fakes::TempFolder folder;
  folder.write("ready/cloud.sh", "");
  folder.write("ready/lib.sh", "");
  folder.write("ready/snapshot", "#!/bin/sh\n");
  folder.write("hooks.d/90-my-snapshot-db", "#!/bin/sh\n");
  std::filesystem::create_symlink(folder / "ready/snapshot", folder / "hooks.d/15-save");
  CHECK(ready_made_hook(folder / "hooks.d/15-save") == "snapshot");
  CHECK(ready_made_hook(folder / "hooks.d/90-my-snapshot-db").empty());
  const config::Config config;
  CHECK(statements_for(config, {ready_made_hook(folder / "hooks.d/90-my-snapshot-db")}, "*", "*").size() == 1);
  CHECK(statements_for(config, {ready_made_hook(folder / "hooks.d/15-save")}, "*", "*").size() == 2);
}

TEST_CASE("policy: commands of the control plane are named as they are typed") {
  const auto two = statements_for_commands({"instance release", "spot", "watch"});
  REQUIRE(two.has_value());
  REQUIRE(two->size() == 2);
  CHECK(two->at(1).actions == std::vector<std::string>{"ecs:DescribeInstances"});
  CHECK_FALSE(statements_for_commands({"instance", "explode"}).has_value());
}

TEST_CASE("policy: only what is switched on is asked for") {
  config::Config config;
  const auto least = statements_for(config, {}, "cn-hangzhou", "123");
  REQUIRE(least.size() == 1);
  CHECK(least[0].actions == std::vector<std::string>{"ecs:DescribeInstances"});
  CHECK(least[0].resource == "acs:ecs:cn-hangzhou:123:instance/*");

  config.control.enabled = false;
  CHECK(statements_for(config, {}, "*", "*").empty());

  config.sinks.push_back({});
  config.sinks.back().type = "tag";
  const auto with_tag = statements_for(config, {"keep-disk"}, "*", "*");
  REQUIRE(with_tag.size() == 2);
  CHECK(with_tag[1].resource == "acs:ecs:*:*:disk/*");
  const auto document = policy_document(with_tag);
  CHECK(document["Version"] == "1");
  CHECK(document["Statement"][0]["Action"][0] == "ecs:TagResources");
}
