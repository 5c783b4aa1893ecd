#include "core/identity.h"

#include <fstream>

namespace preemptd::core {

std::string current_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace preemptd::core
