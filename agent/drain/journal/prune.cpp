#include "drain/journal/prune.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "drain/journal/record.h"
#include "sys/file_lock.h"

namespace preemptd::drain {
namespace {

namespace fs = std::filesystem;
using core::Result;

/// No drain's id begins with a dot, so nobody takes such a folder for a record.
constexpr const char* kDoomed = ".removed-";

std::uint64_t bytes_below(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0) bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

/// Its work is done, and whoever did it is gone.
bool is_over(const std::string& folder) {
  const auto record = read_record(folder);
  if (!record || !*record) return record.has_value();  // no drain ever began in it
  const DrainState state = (*record)->state;
  return state == DrainState::drained || state == DrainState::undone;
}

/// Out of sight in one step, so that a crash half-way leaves no half of a record.
Result<void> remove_record(const std::string& drains, const std::string& id) {
  const std::string folder = drains + "/" + id, doomed = drains + "/" + kDoomed + id;
  const auto lock = sys::FileLock::take(folder + "/lock");
  if (!lock && lock.error().code == core::ErrorCode::refused) return {};
  if (std::rename(folder.c_str(), doomed.c_str()) != 0)
    return core::fail_errno(errno, "cannot remove the old record", folder);
  return {};
}

Result<void> remove_doomed(const std::string& drains) {
  Result<void> result;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(drains.c_str()), ::closedir);
  while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (!name.starts_with(kDoomed)) continue;
    std::error_code error;  // it does not follow links, whatever a hook does to its own folder meanwhile
    fs::remove_all(drains + "/" + name, error);
    if (error) result = core::fail_errno(error.value(), "cannot remove the old record", drains + "/" + name);
  }
  return result;
}

}  // namespace

Result<void> prune_drains(const std::string& state_folder, const std::string& current, const KeptRecords& keep) {
  const std::string drains = state_folder + "/drains";
  const auto ids = list_drains(state_folder);
  if (!ids) return tl::unexpected(ids.error());
  Result<void> result;
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  for (const auto& id : *ids) {  // newest first
    const std::string folder = drains + "/" + id;
    ++kept;
    if (ids->size() == 1) continue;  // the usual case on a node that lives once: nothing to measure
    bytes += bytes_below(folder);
    if (id == current || (kept <= keep.most && bytes <= keep.bytes) || !is_over(folder)) continue;
    if (const auto removed = remove_record(drains, id); !removed) result = removed;
  }
  const auto gone = remove_doomed(drains);
  return result ? gone : result;
}

}  // namespace preemptd::drain
