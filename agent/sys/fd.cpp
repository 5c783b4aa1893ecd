#include "sys/fd.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace preemptd::sys {

void Fd::reset(int fd) {
  // EINTR from close means closed on Linux, and a write error was the writer's to learn from fsync.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

void ensure_standard_fds() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    [[maybe_unused]] const int lowest_free = ::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
  }
}

void raise_fd_limit(unsigned least) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= least) return;
  const rlimit wanted{least, std::max<rlim_t>(limit.rlim_max, least)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, least);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace preemptd::sys
