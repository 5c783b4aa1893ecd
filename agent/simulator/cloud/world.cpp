#include "simulator/cloud/world.h"

#include <algorithm>

#include "core/text.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

constexpr std::chrono::hours kOwnAge{2};  // older than the protected first hour of a spot instance

std::string from_alphabet(std::mt19937_64& random, std::string_view alphabet, std::size_t length) {
  std::string out;
  std::uniform_int_distribution<std::size_t> pick(0, alphabet.size() - 1);
  for (std::size_t i = 0; i < length; ++i) out += alphabet[pick(random)];
  return out;
}

}  // namespace

World::World(Setup given, core::WallTime now)
    : setup(std::move(given)),
      keys([this](std::size_t length) { return random_hex(length); }),
      fleet(fleet_events()),
      random_(std::random_device{}()) {
  reset(now);
}

FleetEvents World::fleet_events() {
  const auto gone = [this](const Instance& instance) {
    if (instance.id == setup.instance_id) remains_ = instance;
    storage.release(instance.disks);
    network.give_back(instance.vswitch, instance.private_ip);
  };
  const auto starting = [this](Instance& instance) {
    if (instance.public_ip_due && instance.public_ip.empty()) instance.public_ip = network.next_public_address();
    instance.public_ip_due = false;
  };
  return {[this](const Instance& instance, core::WallTime now) { storage.disturb(instance.id, now); }, starting, gone};
}

void World::advance(core::WallTime now) {
  fleet.advance(now);
}

void World::reset(core::WallTime now) {
  faults.clear();
  fleet.clear();
  storage.clear();
  network.clear();
  commands.clear();
  invocations.clear();
  events.clear();
  knobs = Settings{};
  knobs.credential_lifetime = setup.credential_lifetime;
  fleet.transition = setup.transition;
  storage.add_public_images(setup.region);
  place_own_instance(now);
}

VSwitch& World::default_vswitch(const std::string& region, const std::string& zone, core::WallTime now) {
  const auto is_it = [&](const VSwitch& v) {
    return v.is_default && v.region == region && (zone.empty() || v.zone == zone);
  };
  for (int tries = 0; tries < 2; ++tries) {
    const auto& all = network.vswitches.newest_first();
    // The region's first zone was made first, so it stands last.
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const auto& entry) { return is_it(*entry.second); });
    if (found != all.rend()) return *found->second;
    place_default_network(region, now);
  }
  return *network.vswitches.newest_first().begin()->second;
}

SecurityGroup& World::default_group(const std::string& vpc, core::WallTime now) {
  for (const auto& [sequence, group] : network.groups.newest_first()) {
    if (group->vpc == vpc) return *group;
  }
  SecurityGroup group;
  group.id = new_id("sg");
  group.name = "default";
  group.vpc = vpc;
  group.region = network.vpcs.find(vpc)->region;
  group.created = now;
  return network.groups.add(std::move(group));
}

/// One VPC with a vSwitch in every zone, large enough for tens of thousands of instances.
void World::place_default_network(const std::string& region, core::WallTime now) {
  Vpc vpc;
  const bool own = region == setup.region;
  vpc.id = own ? "vpc-bp1simulated00000vpc" : new_id("vpc");
  vpc.name = "default";
  vpc.region = region;
  vpc.router = new_id("vrt");
  vpc.route_table = new_id("vtb");
  vpc.block = *parse_cidr("10.0.0.0/8");
  vpc.created = vpc.ready = now;
  vpc.is_default = true;
  std::uint32_t number = 0;
  for (const auto& zone : find_region(region)->zones()) {
    VSwitch vswitch;
    vswitch.id = own && number == 0 ? "vsw-bp1simulated00000vsw" : new_id("vsw");
    vswitch.name = "default";
    vswitch.region = region;
    vswitch.zone = zone;
    vswitch.vpc = vpc.id;
    vswitch.block = {(10U << 24) + (number++ << 16), 16};
    vswitch.created = vswitch.ready = now;
    vswitch.is_default = true;
    network.vswitches.add(std::move(vswitch));
  }
  network.vpcs.add(std::move(vpc));
}

const Instance& World::own() const {
  const Instance* alive = fleet.find(setup.instance_id);
  return alive != nullptr ? *alive : remains_;
}

void World::place_own_instance(core::WallTime now) {
  VSwitch& vswitch = default_vswitch(setup.region, "", now);
  Instance own;
  own.id = setup.instance_id;
  own.status = Status::running;
  own.name = own.host_name = "simulated-spot-node";
  own.region = setup.region;
  own.zone = vswitch.zone;
  own.type = "ecs.g7.large";
  own.image = "aliyun_3_x64_20G_alibase_20250629.vhd";
  own.created = now - kOwnAge;
  own.started = own.created + std::chrono::minutes(1);
  own.spot_strategy = "SpotAsPriceGo";
  own.vpc = vswitch.vpc;
  own.vswitch = vswitch.id;
  own.private_ip = Network::take_address(vswitch).value_or("10.0.0.2");
  own.mac = kOwnMac;
  own.network_interface = "eni-bp1simulated000own";
  own.security_groups = {default_group(vswitch.vpc, now).id};
  own.serial = "0f0f0f0f-1111-4222-8333-5175616c6f77";
  own.role = kOwnRole;
  own.metadata.token_required = setup.hardened;
  for (const bool system : {true, false}) {
    Disk disk;
    disk.id = system ? "d-bp1simulated00000sys" : "d-bp1simulated0000data";
    disk.region = own.region;
    disk.zone = own.zone;
    disk.system = system;
    disk.image = system ? own.image : "";
    disk.instance = own.id;
    disk.device = system ? "/dev/xvda" : "/dev/xvdb";
    disk.created = disk.attached = own.created;
    own.disks.push_back(storage.disks.add(std::move(disk)).id);
  }
  fleet.place(std::move(own));
}

std::string World::new_id(std::string_view prefix) {
  return std::string(prefix) + "-bp1" + from_alphabet(random_, "0123456789abcdefghijklmnopqrstuvwxyz", 17);
}

std::string World::random_hex(std::size_t length) {
  return from_alphabet(random_, "0123456789abcdef", length);
}

std::string World::new_order_id() {
  return "2" + from_alphabet(random_, "0123456789", 14);
}

std::string World::new_request_id() {
  std::string id = from_alphabet(random_, "0123456789ABCDEF", 32);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

}  // namespace preemptd::simulator
