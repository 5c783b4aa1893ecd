#pragma once
#include <cstdint>
#include <string>

#include "core/result.h"

namespace preemptd::drain {

struct KeptRecords {
  std::size_t most = 50;
  std::uint64_t bytes = 256 * 1024 * 1024;  ///< on the disk, hooks' own state included
};

/// Removes the oldest folders below `<state>/drains` until what is left is within `keep`. It never removes the folder
/// of `current`, that of a drain or undo that is not over, or one that a drainer holds. What an earlier call was killed
/// over is removed, too. Blocks as long as the disk does. An error names what could not be removed; the rest was.
core::Result<void> prune_drains(const std::string& state_folder, const std::string& current, const KeptRecords& keep);

}  // namespace preemptd::drain
