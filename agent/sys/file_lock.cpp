#include "sys/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "core/text.h"

namespace preemptd::sys {

core::Result<FileLock> FileLock::take(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd) return core::fail_errno(errno, "cannot open the lock", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return core::fail_errno(errno, "cannot lock", path);
    std::array<char, 32> text{};
    const auto got = ::pread(fd.get(), text.data(), text.size(), 0);
    const std::string_view holder(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return core::fail(core::ErrorCode::refused, "held by pid " + core::printable(core::trim(holder), 32), path);
  }
  // The pid is for people only: a full disk must not cost the lock.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) == 0) [[maybe_unused]]
    const auto written = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
  return FileLock(std::move(fd));
}

}  // namespace preemptd::sys
