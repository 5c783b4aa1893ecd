#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/api/dry_run.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/api/tagging.h"
#include "simulator/cloud/lists.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr PageLimits kNetworkPages{1, 50, 10};

Json key_value_tags(const Tags& tags) {
  Json list = Json::array();
  for (const auto& [key, value] : tags) list.push_back({{"Key", key}, {"Value", value}});
  return {{"Tag", std::move(list)}};
}

Json vpc_json(const World& world, const Vpc& vpc, Moment moment) {
  Json vswitches = Json::array();
  for (const auto& [sequence, vswitch] : world.network.vswitches.newest_first()) {
    if (vswitch->vpc == vpc.id) vswitches.push_back(vswitch->id);
  }
  return {{"VpcId", vpc.id},
          {"VpcName", vpc.name},
          {"Description", vpc.description},
          {"RegionId", vpc.region},
          {"Status", vpc.status(moment.now)},
          {"CidrBlock", vpc.block.text()},
          {"IsDefault", vpc.is_default},
          {"VRouterId", vpc.router},
          {"VSwitchIds", {{"VSwitchId", std::move(vswitches)}}},
          {"RouterTableIds", {{"RouterTableIds", {vpc.route_table}}}},
          {"ResourceGroupId", ""},
          {"CreationTime", core::format_utc(moment.shown(vpc.created))},
          {"Tags", key_value_tags(vpc.tags)}};
}

Json vswitch_json(const VSwitch& vswitch, Moment moment) {
  return {{"VSwitchId", vswitch.id},
          {"VSwitchName", vswitch.name},
          {"Description", vswitch.description},
          {"VpcId", vswitch.vpc},
          {"ZoneId", vswitch.zone},
          {"Status", vswitch.status(moment.now)},
          {"CidrBlock", vswitch.block.text()},
          {"AvailableIpAddressCount", vswitch.available()},
          {"IsDefault", vswitch.is_default},
          {"ResourceGroupId", ""},
          {"CreationTime", core::format_utc(moment.shown(vswitch.created))},
          {"Tags", key_value_tags(vswitch.tags)}};
}

template <typename Thing>
bool named(const ParameterReader& read, const char* parameter, const Thing& name) {
  return !read.has(parameter) || read.text(parameter) == name;
}

ActionResult<Cidr> block_given(const ParameterReader& read, std::string_view otherwise, int shortest, int longest) {
  const auto block = parse_cidr(read.text("CidrBlock", otherwise));
  if (!block || block->prefix < shortest || block->prefix > longest)
    return invalid_parameter("CidrBlock", "InvalidCidrBlock.Malformed");
  return *block;
}

/// The block lies in the VPC's and overlaps no sister.
ActionResult<void> block_fits(const World& world, const Vpc& vpc, const Cidr& block) {
  if (!vpc.block.contains(block)) return invalid_parameter("CidrBlock", "InvalidCidrBlock.NotInVpc");
  for (const auto& [sequence, other] : world.network.vswitches.newest_first()) {
    if (other->vpc == vpc.id && other->block.overlaps(block)) {
      return deny(400, "InvalidCidrBlock.Overlapped", "The specified CIDR block overlaps with other subnets.");
    }
  }
  return {};
}

}  // namespace

ActionResult<Json> create_vpc(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto block = block_given(read, "172.16.0.0/12", 8, 28);
  if (!block) return tl::unexpected(block.error());
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  const bool dry_run = read.flag("DryRun");
  if (read.error()) return tl::unexpected(*read.error());
  if (dry_run) return dry_run_passed();
  Vpc vpc;
  vpc.id = world.new_id("vpc");
  vpc.name = read.text("VpcName");
  vpc.description = read.text("Description");
  vpc.region = read.text("RegionId");
  vpc.router = world.new_id("vrt");
  vpc.route_table = world.new_id("vtb");
  vpc.block = *block;
  vpc.created = call.moment.now;
  vpc.ready = call.moment.now + world.fleet.transition;
  vpc.tags = std::move(*tags);
  const Vpc& made = world.network.vpcs.add(std::move(vpc));
  return Json{
      {"VpcId", made.id}, {"VRouterId", made.router}, {"RouteTableId", made.route_table}, {"ResourceGroupId", ""}};
}

ActionResult<Json> describe_vpcs(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.comma_list("VpcId");
  const auto tags = tags_wanted(read);
  const bool only_default = read.flag("IsDefault");
  std::vector<const Vpc*> matching;
  for (const auto& [sequence, vpc] : world.network.vpcs.newest_first()) {
    if (vpc->region != read.text("RegionId") || !named(read, "VpcName", vpc->name)) continue;
    if ((ids && !contains(*ids, vpc->id)) || (only_default && !vpc->is_default)) continue;
    if (has_tags(vpc->tags, tags)) matching.push_back(vpc);
  }
  Page page = page_of(read, matching, kNetworkPages);
  const bool dry_run = read.flag("DryRun");
  if (read.error()) return tl::unexpected(*read.error());
  if (dry_run) return dry_run_passed();
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(vpc_json(world, *matching[page.first + i], call.moment));
  page.head.erase("NextToken");
  page.head["Vpcs"] = {{"Vpc", std::move(list)}};
  return page.head;
}

ActionResult<Json> delete_vpc(World& world, const ActionCall& call) {
  const std::string id = ParameterReader(call).text("VpcId");
  if (world.network.vpcs.find(id) == nullptr) return not_found("VpcId", "InvalidVpcID.NotFound");
  const auto inside = [&](const auto& entry) { return entry.second->vpc == id; };
  const auto& vswitches = world.network.vswitches.newest_first();
  if (std::any_of(vswitches.begin(), vswitches.end(), inside)) {
    return deny(400, "DependencyViolation.VSwitch", "Specified object has dependent resources.");
  }
  const auto& groups = world.network.groups.newest_first();
  if (std::any_of(groups.begin(), groups.end(), inside)) {
    return deny(400, "DependencyViolation.SecurityGroup", "Specified object has dependent resources.");
  }
  world.network.vpcs.remove(id);
  return Json::object();
}

ActionResult<Json> create_vswitch(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const Vpc* vpc = world.network.vpcs.find(read.text("VpcId"));
  if (vpc == nullptr) return not_found("VpcId", "InvalidVpcId.NotFound");
  if (vpc->status(call.moment.now) != "Available") {
    return deny(400, "IncorrectVpcStatus", "Current VPC status does not support this operation.");
  }
  const Region* region = region_of_zone(read.text("ZoneId"));
  if (region == nullptr || region->id != vpc->region) return not_found("ZoneId", "InvalidZoneId.NotFound");
  const auto block = block_given(read, "", 16, 29);
  if (!block) return tl::unexpected(block.error());
  if (auto fits = block_fits(world, *vpc, *block); !fits) return tl::unexpected(fits.error());
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  VSwitch vswitch;
  vswitch.id = world.new_id("vsw");
  vswitch.name = read.text("VSwitchName");
  vswitch.description = read.text("Description");
  vswitch.region = vpc->region;
  vswitch.zone = read.text("ZoneId");
  vswitch.vpc = vpc->id;
  vswitch.block = *block;
  vswitch.created = call.moment.now;
  vswitch.ready = call.moment.now + world.fleet.transition;
  vswitch.tags = std::move(*tags);
  return Json{{"VSwitchId", world.network.vswitches.add(std::move(vswitch)).id}};
}

ActionResult<Json> describe_vswitches(World& world, const ActionCall& call) {
  ParameterReader read(call);
  if (!read.has("RegionId") && !read.has("VpcId")) return missing_parameter("RegionId");
  const auto tags = tags_wanted(read);
  const bool only_default = read.flag("IsDefault");
  std::vector<const VSwitch*> matching;
  for (const auto& [sequence, vswitch] : world.network.vswitches.newest_first()) {
    if (!named(read, "RegionId", vswitch->region) || !named(read, "VpcId", vswitch->vpc) ||
        !named(read, "ZoneId", vswitch->zone))
      continue;
    if (!named(read, "VSwitchId", vswitch->id) || !named(read, "VSwitchName", vswitch->name)) continue;
    if ((!only_default || vswitch->is_default) && has_tags(vswitch->tags, tags)) matching.push_back(vswitch);
  }
  Page page = page_of(read, matching, kNetworkPages);
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(vswitch_json(*matching[page.first + i], call.moment));
  page.head.erase("NextToken");
  page.head["VSwitches"] = {{"VSwitch", std::move(list)}};
  return page.head;
}

ActionResult<Json> delete_vswitch(World& world, const ActionCall& call) {
  const VSwitch* vswitch = world.network.vswitches.find(ParameterReader(call).text("VSwitchId"));
  if (vswitch == nullptr) return not_found("VSwitchId", "InvalidVSwitchId.NotFound");
  const auto& instances = world.fleet.in_region(vswitch->region);
  if (std::any_of(instances.begin(), instances.end(),
                  [&](const auto& entry) { return entry.second->vswitch == vswitch->id; })) {
    return deny(400, "DependencyViolation", "Specified object has dependent resources.");
  }
  world.network.vswitches.remove(std::string(vswitch->id));
  return Json::object();
}

}  // namespace preemptd::simulator
