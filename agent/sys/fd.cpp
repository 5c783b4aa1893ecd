#include "sys/fd.h"

#include <fcntl.h>
#include <unistd.h>

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

}  // namespace preemptd::sys
