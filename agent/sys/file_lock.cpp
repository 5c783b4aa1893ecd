#include "sys/file_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

#include "core/text.h"

namespace preemptd::sys {

namespace {

constexpr int kLookEveryMs = 10;
constexpr int kLooksAfterDeath = 100;

std::string holder_of(const Fd& fd) {
  std::array<char, 32> text{};
  const auto got = ::pread(fd.get(), text.data(), text.size(), 0);
  return std::string(core::trim({text.data(), got > 0 ? static_cast<std::size_t>(got) : 0}));
}

bool is_dead(const std::string& holder) {
  pid_t pid = 0;
  std::from_chars(holder.data(), holder.data() + holder.size(), pid);
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

core::Result<FileLock> FileLock::take(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd) return core::fail_errno(errno, "cannot open the lock", path);
  for (int looks = 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++looks) {
    if (errno != EWOULDBLOCK) return core::fail_errno(errno, "cannot lock", path);
    const std::string holder = holder_of(fd);
    if (looks == kLooksAfterDeath || !is_dead(holder))
      return core::fail(core::ErrorCode::refused, "held by pid " + core::printable(holder, 32), path);
    ::poll(nullptr, 0, kLookEveryMs);
  }
  // The pid is for people only: a full disk must not cost the lock.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) == 0) [[maybe_unused]]
    const auto written = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
  return FileLock(std::move(fd));
}

}  // namespace preemptd::sys
