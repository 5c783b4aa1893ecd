#pragma once
#include <string>

namespace preemptd::core {

/// Which instance this is, as the metadata service says it. An empty member: not known (yet).
struct Identity {
  std::string instance_id;
  std::string region_id;
  std::string zone_id;
  std::string instance_type;

  bool operator==(const Identity&) const = default;
};

/// This boot's id, as BOOT_ID_OF_NODE (systemd's %b) or the kernel says; empty: the drain trusts wall time alone.
std::string current_boot_id();

}  // namespace preemptd::core
