#pragma once
#include <optional>
#include <string>

#include "core/notice.h"

/// `<run>/identity.json`: what has been learned in this boot of the instance, for whoever must know while the cloud
/// does not answer.
namespace preemptd::node {

struct BootMemory {
  core::Identity identity;
  core::Behavior behavior = core::Behavior::unknown;  ///< the API's last word on what happens at the end
  bool looked = false;                                ///< metadata has answered in this boot
  std::optional<core::WallTime> first_time;           ///< the termination time in its first answer, if there was one

  bool operator==(const BootMemory&) const = default;
};

/// A run folder that takes no write costs the file, nothing else.
void remember_boot(const std::string& run_folder, const std::string& boot_id, const BootMemory& memory);

/// Nothing: nobody has learned in this boot which instance it is (or `boot_id` is empty), or the file cannot be read.
std::optional<BootMemory> recall_boot(const std::string& run_folder, const std::string& boot_id);

}  // namespace preemptd::node
