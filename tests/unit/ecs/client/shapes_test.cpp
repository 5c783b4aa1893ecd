#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"
#include "ecs/instances/launch.h"
#include "ecs/instances/power.h"
#include "ecs/instances/tags.h"
#include "ecs/network/network.h"
#include "ecs/spot/regions.h"
#include "ecs/spot/spot_prices.h"
#include "ecs/storage/storage.h"
#include "unit/ecs/cloud_world.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using core::Seconds;
using ecs::Client;
using ecs::testing::CloudWorld;
using ecs::testing::data_file;
using nlohmann::json;

namespace {

/// An answer of a recorded shape: every text is its own member's name, every number 7, every list has one element, and
/// there is no further page.
json answer_of(const json& shape, const std::string& name) {
  if (name == "NextToken") return "";
  if (name == "NextOffset") return 0;
  if (name == "TotalCount") return 1;
  if (shape == "string") return name;
  if (shape == "number") return 7;
  if (shape == "boolean") return true;
  json made = shape.is_array() ? json::array() : json::object();
  if (shape.is_array()) made.push_back(answer_of(shape.front(), name));
  if (shape.is_object()) {
    for (const auto& [member, inner] : shape.items()) made[member] = answer_of(inner, member);
  }
  return made;
}

using Texts = std::vector<std::string>;
std::string text(bool value) {
  return value ? "true" : "";
}
template <typename Number>
std::string text(Number value) {
  return value == Number(7) ? "7" : "";
}

/// Makes the typed call against an answer of the action's shape and gives the members it has read.
template <typename Ask>
Texts members_read(const char* action, Ask ask) {
  static const json file = data_file("vectors/response-shapes.json");
  CloudWorld world;
  world.net.then(200, answer_of(file["actions"][action]["body"], "").dump());
  auto members = ask(world.client, world.in(Seconds(9)));
  CHECK(world.action(0) == action);
  return members;
}

Texts of(const ecs::Instance& i) {
  return {i.id,
          i.name,
          i.host_name,
          i.description,
          i.status,
          i.region_id,
          i.zone_id,
          i.type,
          i.image_id,
          i.os_name,
          text(i.cpu),
          text(i.memory_mib),
          i.charge_type,
          i.spot_strategy,
          text(i.spot_price_limit),
          text(i.spot_duration),
          i.interruption_behavior,
          i.stopped_mode,
          i.created,
          i.started,
          i.expires,
          i.auto_release,
          text(i.deletion_protection),
          i.vpc_id,
          i.vswitch_id,
          i.private_ips.at(0),
          i.public_ips.at(0),
          i.elastic_ip,
          i.security_group_ids.at(0),
          i.locks.at(0).reason,
          i.locks.at(0).message,
          i.tags.at(0).key,
          i.tags.at(0).value};
}

void check_all(const char* action, const Texts& members) {
  CAPTURE(action);
  for (std::size_t i = 0; i < members.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(members[i].empty());
  }
}

}  // namespace

TEST_CASE("ecs: typed answers about instances are read from where the official SDK's models have them") {
  check_all("DescribeInstances", members_read("DescribeInstances", [](Client& c, auto by) {
              return of(ecs::describe_instances(c, {}, by)->at(0));
            }));
  check_all("DescribeInstanceStatus", members_read("DescribeInstanceStatus", [](Client& c, auto by) {
              const auto status = ecs::describe_instance_status(c, {"i"}, by)->at(0);
              return Texts{status.id, status.status};
            }));
  check_all("DescribeInstanceAttribute", members_read("DescribeInstanceAttribute", [](Client& c, auto by) {
              const auto i = *ecs::describe_instance_attribute(c, "i", by);
              return Texts{i.id,
                           i.name,
                           i.status,
                           i.zone_id,
                           i.type,
                           i.image_id,
                           i.vpc_id,
                           i.locks.at(0).reason,
                           i.security_group_ids.at(0)};
            }));
  check_all("RunInstances", members_read("RunInstances", [](Client& c, auto by) {
              const auto launched = *ecs::run_instances(c, {ecs::kEcs, "RunInstances", {}}, by);
              return Texts{launched.instance_ids.at(0), launched.request_id, launched.order_id};
            }));
  check_all("CreateInstance", members_read("CreateInstance", [](Client& c, auto by) {
              return Texts{*ecs::create_instance(c, {ecs::kEcs, "CreateInstance", {}}, by)};
            }));
  check_all("StartInstances", members_read("StartInstances", [](Client& c, auto by) {
              const auto result = ecs::start_instances(c, {"i", "j"}, by)->at(0);
              return Texts{result.id, result.code, result.message, result.status_before, result.status_now};
            }));
  check_all("StopInstances", members_read("StopInstances", [](Client& c, auto by) {
              return Texts{ecs::stop_instances(c, {"i", "j"}, {}, by)->at(0).id};
            }));
  check_all("AllocatePublicIpAddress", members_read("AllocatePublicIpAddress", [](Client& c, auto by) {
              return Texts{*ecs::allocate_public_ip(c, "i", by)};
            }));
  check_all("RenewInstance", members_read("RenewInstance", [](Client& c, auto by) {
              return Texts{*ecs::renew_instance(c, "i", 1, "Month", by)};
            }));
  check_all(
      "DescribeInstanceAutoRenewAttribute", members_read("DescribeInstanceAutoRenewAttribute", [](Client& c, auto by) {
        const auto renew = ecs::describe_auto_renew(c, {"i"}, by)->at(0);
        return Texts{renew.instance_id, text(renew.enabled), text(renew.duration), renew.period_unit, renew.status};
      }));
}

TEST_CASE(
    "ecs: typed answers about markets, disks, networks and tags are read from where the official SDK's models have "
    "them") {
  check_all("DescribeRegions", members_read("DescribeRegions", [](Client& c, auto by) {
              const auto region = ecs::describe_regions(c, by)->at(0);
              return Texts{region.id, region.name, region.endpoint};
            }));
  check_all("DescribeZones", members_read("DescribeZones", [](Client& c, auto by) {
              const auto zone = ecs::describe_zones(c, "", by)->at(0);
              return Texts{zone.id, zone.name, zone.instance_types.at(0)};
            }));
  check_all("DescribeAvailableResource", members_read("DescribeAvailableResource", [](Client& c, auto by) {
              const auto stock = ecs::describe_available_resource(c, {}, by)->at(0);
              return Texts{stock.zone_id, stock.value, stock.status, stock.category};
            }));
  check_all("DescribeSpotPriceHistory", members_read("DescribeSpotPriceHistory", [](Client& c, auto by) {
              const auto price = ecs::describe_spot_price_history(c, {}, by)->at(0);
              return Texts{price.instance_type, price.zone_id, price.at, text(price.price), text(price.on_demand)};
            }));
  check_all("DescribeSpotAdvice", members_read("DescribeSpotAdvice", [](Client& c, auto by) {
              const auto advice = ecs::describe_spot_advice(c, {}, by)->at(0);
              return Texts{advice.zone_id, advice.instance_type, text(advice.interruption_rate),
                           advice.interruption_text, text(advice.average_discount)};
            }));
  check_all("DescribeDisks", members_read("DescribeDisks", [](Client& c, auto by) {
              const auto disk = ecs::describe_disks(c, {}, by)->at(0);
              return Texts{disk.id,
                           disk.name,
                           disk.instance_id,
                           disk.device,
                           disk.type,
                           disk.category,
                           text(disk.size_gib),
                           disk.status,
                           disk.zone_id,
                           text(disk.delete_with_instance),
                           disk.tags.at(0).key};
            }));
  check_all("CreateImage", members_read("CreateImage", [](Client& c, auto by) {
              return Texts{*ecs::create_image(c, "i", "", "n", by)};
            }));
  check_all("CreateSnapshot", members_read("CreateSnapshot", [](Client& c, auto by) {
              return Texts{*ecs::create_snapshot(c, "d", "", {}, by)};
            }));
  check_all("CreateSecurityGroup", members_read("CreateSecurityGroup", [](Client& c, auto by) {
              return Texts{*ecs::create_security_group(c, "v", "n", by)};
            }));
  check_all("CreateVpc", members_read("CreateVpc", [](Client& c, auto by) {
              return Texts{*ecs::create_vpc(c, "10.0.0.0/8", "n", by)};
            }));
  check_all("CreateVSwitch", members_read("CreateVSwitch", [](Client& c, auto by) {
              return Texts{*ecs::create_vswitch(c, "v", "z", "10.0.0.0/24", "n", by)};
            }));
  check_all("ListTagResources", members_read("ListTagResources", [](Client& c, auto by) {
              const auto tag = ecs::list_tag_resources(c, {}, {}, by)->at(0);
              return Texts{tag.resource_id, tag.resource_type, tag.tag.key, tag.tag.value};
            }));
}
