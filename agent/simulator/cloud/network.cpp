#include "simulator/cloud/network.h"

#include <algorithm>

namespace preemptd::simulator {
namespace {

constexpr std::uint32_t kFirstHost = 2;  // .0 names the block, .1 is kept like the last three
constexpr std::uint32_t kFirstPublic = 47U << 24 | 96U << 16 | 10;

}  // namespace

bool Rule::same(const Rule& other) const {
  return protocol == other.protocol && ports == other.ports && source_cidr == other.source_cidr &&
         source_group == other.source_group && policy == other.policy;
}

void Network::clear() {
  vpcs.clear();
  vswitches.clear();
  groups.clear();
}

std::optional<std::string> Network::take_address(VSwitch& vswitch) {
  if (vswitch.available() == 0) return std::nullopt;
  if (vswitch.given_back.empty()) return ipv4_text(vswitch.block.first + kFirstHost + vswitch.handed_out++);
  const std::uint32_t address = vswitch.given_back.back();
  vswitch.given_back.pop_back();
  return ipv4_text(address);
}

void Network::give_back(const std::string& id, const std::string& address) {
  VSwitch* vswitch = vswitches.find(id);
  const auto block = parse_cidr(address + "/32");
  if (vswitch != nullptr && block && vswitch->block.contains(*block)) vswitch->given_back.push_back(block->first);
}

std::string Network::next_public_address() {
  return ipv4_text(kFirstPublic + public_addresses_++);
}

}  // namespace preemptd::simulator
