#include "sys/programs.h"

#include <limits.h>
#include <unistd.h>

#include <cstdlib>

#include "core/text.h"
#include "sys/files.h"

namespace preemptd::sys {
namespace {

std::string folder_of_this_program() {
  char path[PATH_MAX];
  const auto length = ::readlink("/proc/self/exe", path, sizeof path);
  return length <= 0 ? "" : folder_of(std::string(path, static_cast<std::size_t>(length)));
}

bool runnable(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

core::Result<std::string> find_program(const std::string& name) {
  const std::string own = folder_of_this_program();
  if (!own.empty()) {
    for (const char* beside : {"/", "/../sbin/", "/../bin/", "/../libexec/preemptd/"}) {
      if (const std::string path = own + beside + name; runnable(path)) return path;
    }
  }
  const char* path_variable = std::getenv("PATH");
  for (const auto folder : core::split(path_variable == nullptr ? "" : path_variable, ':')) {
    if (folder.empty() || folder.front() != '/') continue;
    if (const std::string path = std::string(folder) + "/" + name; runnable(path)) return path;
  }
  return core::fail(core::ErrorCode::bad_input,
                    name + " is neither beside this program nor in PATH; install preemptd whole", own);
}

}  // namespace preemptd::sys
