#pragma once
#include <optional>
#include <string>
#include <vector>

#include "simulator/api/call.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

/// A creation that passed every check: nothing is made yet.
struct Launch {
  Instance model;           ///< every instance is this one with its own id, name and address
  std::vector<Disk> disks;  ///< the system disk first
  VSwitch* vswitch = nullptr;
  int amount = 1;       ///< how many will be made: what was asked for, or what stock allows and MinAmount accepts
  bool suffix = false;  ///< UniqueSuffix
  bool dry_run = false;
};

/// Reads and checks what CreateInstance and RunInstances have in common, with the documented codes.
ActionResult<Launch> plan_launch(World& world, const ActionCall& call);

/// Makes them. `start`: they go on to Running.
std::vector<std::string> carry_out(World& world, Launch launch, bool start, core::WallTime now);

/// "node-[8,3]-x" for number 2 -> "node-010-x"; a name without brackets stays, with 001, 002, … behind it if `suffix`.
std::string numbered_name(const std::string& pattern, int number, bool suffix);

}  // namespace preemptd::simulator
