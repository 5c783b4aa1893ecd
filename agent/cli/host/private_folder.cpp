#include "cli/host/private_folder.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>

namespace preemptd::cli {

core::Result<std::unique_ptr<PrivateFolder>> PrivateFolder::make(const std::string& prefix, const std::string& below) {
  const char* given = std::getenv("TMPDIR");
  char parent[PATH_MAX];
  const std::string wanted = !below.empty() ? below : given != nullptr && *given == '/' ? given : "/tmp";
  if (::realpath(wanted.c_str(), parent) == nullptr) return core::fail_errno(errno, "cannot use the folder", wanted);
  std::string path = std::string(parent) + "/" + prefix + "-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return core::fail_errno(errno, "cannot make a folder", path);
  ::chmod(path.c_str(), 0755);  // hooks that run as somebody else must get through
  return std::unique_ptr<PrivateFolder>(new PrivateFolder(std::move(path)));
}

PrivateFolder::~PrivateFolder() {
  if (kept_) return;
  ::umount2((path_ + "/state").c_str(), MNT_DETACH);  // the small disk of a rehearsal, where there is one
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace preemptd::cli
