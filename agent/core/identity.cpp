#include "core/identity.h"

#include <cstdlib>
#include <fstream>

namespace preemptd::core {

namespace {

/// systemd's %b has no dashes.
std::string with_dashes(std::string id) {
  if (id.size() != 32) return id;
  for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
  return id;
}

}  // namespace

std::string current_boot_id() {
  if (const char* given = std::getenv("BOOT_ID_OF_NODE"); given != nullptr && *given != '\0') return with_dashes(given);
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace preemptd::core
