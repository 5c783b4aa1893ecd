#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "simulator/cloud/cidr.h"
#include "simulator/cloud/registry.h"
#include "simulator/cloud/storage.h"

namespace preemptd::simulator {

struct Vpc {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, region, router, route_table;
  Cidr block;
  core::WallTime created{}, ready{};
  bool is_default = false;
  Tags tags;

  std::string status(core::WallTime now) const { return now < ready ? "Pending" : "Available"; }
};

struct VSwitch {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, region, zone, vpc;
  Cidr block;
  core::WallTime created{}, ready{};
  bool is_default = false;
  Tags tags;
  std::uint32_t handed_out = 0;  ///< addresses taken so far, in order
  std::vector<std::uint32_t> given_back;

  std::string status(core::WallTime now) const { return now < ready ? "Pending" : "Available"; }
  /// Four addresses of every block are the cloud's own.
  std::uint64_t available() const { return block.size() - 4 - handed_out + given_back.size(); }
};

struct Rule {
  std::string id, protocol, ports, source_cidr, source_group, policy, priority, nic, description;
  core::WallTime created{};

  bool same(const Rule& other) const;
};

struct SecurityGroup {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, region, vpc, type = "normal", resource_group;
  core::WallTime created{};
  std::vector<Rule> rules;
  Tags tags;
};

struct Network {
  Registry<Vpc> vpcs;
  Registry<VSwitch> vswitches;
  Registry<SecurityGroup> groups;

  void clear();
  /// A free address. Nothing: the block is used up.
  static std::optional<std::string> take_address(VSwitch& vswitch);
  void give_back(const std::string& vswitch, const std::string& address);
  std::string next_public_address();

 private:
  std::uint32_t public_addresses_ = 0;
};

}  // namespace preemptd::simulator
