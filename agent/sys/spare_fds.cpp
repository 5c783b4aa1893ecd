#include "sys/spare_fds.h"

#include <fcntl.h>

namespace preemptd::sys {

void SpareFds::hold() {
  held_.reserve(count_);
  while (held_.size() < count_) {
    Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd) return;
    held_.push_back(std::move(fd));
  }
}

}  // namespace preemptd::sys
