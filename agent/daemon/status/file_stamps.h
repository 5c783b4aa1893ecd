#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/load.h"

namespace preemptd::daemon {

/// What differs between two states of a file or folder. All zero: it cannot be looked at.
struct FileStamp {
  std::int64_t modified_ns = 0, size = 0;
  std::uint64_t inode = 0, device = 0;

  bool operator==(const FileStamp&) const = default;
};
using FileStamps = std::map<std::string, FileStamp>;

/// The files whose content is in force since they were read: settings, conf.d, and what sinks name (secrets,
/// templates). `main_file`: as it was asked for, also where it is missing.
std::vector<std::string> files_in_force(const config::Loaded& loaded, const std::string& main_file);

/// May block as long as the file systems do: not for the loop's thread.
FileStamps stamps_of(const std::vector<std::string>& paths);

/// Those that are not what they were.
std::vector<std::string> changed_since(const FileStamps& before, const FileStamps& now);

}  // namespace preemptd::daemon
