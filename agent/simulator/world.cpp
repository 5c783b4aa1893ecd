#include "simulator/world.h"

#include "core/text.h"
#include "simulator/market.h"

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
      fleet([this](const Instance& gone) {
        if (gone.id == setup.instance_id) remains_ = gone;
      }),
      random_(std::random_device{}()) {
  reset(now);
}

void World::advance(core::WallTime now) { fleet.advance(now); }

void World::reset(core::WallTime now) {
  faults.clear();
  fleet.clear();
  knobs = Knobs{};
  knobs.credential_lifetime = setup.credential_lifetime;
  fleet.transition = setup.transition;
  place_own_instance(now);
}

const Instance& World::own() const {
  const Instance* alive = fleet.find(setup.instance_id);
  return alive != nullptr ? *alive : remains_;
}

void World::place_own_instance(core::WallTime now) {
  Instance own;
  own.id = setup.instance_id;
  own.status = Status::running;
  own.name = own.host_name = "simulated-spot-node";
  own.region = setup.region;
  const Region* region = find_region(setup.region);
  own.zone = region != nullptr ? region->zones().front() : setup.region + "-a";
  own.type = "ecs.g7.large";
  own.image = "aliyun_3_x64_20G_alibase_20250629.vhd";
  own.created = now - kOwnAge;
  own.started = own.created + std::chrono::minutes(1);
  own.spot_strategy = "SpotAsPriceGo";
  own.vpc = "vpc-bp1simulated00000vpc";
  own.vswitch = "vsw-bp1simulated00000vsw";
  own.private_ip = "10.0.1.11";
  own.mac = kOwnMac;
  own.network_interface = "eni-bp1simulated000own";
  own.security_groups = {"sg-bp1simulated000000sg"};
  own.serial = "0f0f0f0f-1111-4222-8333-5175616c6f77";
  own.role = kOwnRole;
  own.metadata.token_required = setup.hardened;
  fleet.place(std::move(own));
}

std::string World::new_id(std::string_view prefix) {
  return std::string(prefix) + "-bp1" + from_alphabet(random_, "0123456789abcdefghijklmnopqrstuvwxyz", 17);
}

std::string World::random_hex(std::size_t length) { return from_alphabet(random_, "0123456789abcdef", length); }

std::string World::new_request_id() {
  std::string id = from_alphabet(random_, "0123456789ABCDEF", 32);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

}  // namespace preemptd::simulator
