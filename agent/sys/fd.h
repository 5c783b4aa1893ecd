#pragma once
#include <utility>

namespace preemptd::sys {

/// Owns one file descriptor and closes it. Everything in this room opens close-on-exec. Not thread-safe.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  /// -1 when it holds no descriptor.
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// The descriptor is the caller's to close from here on.
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// Opens /dev/null on whichever of 0, 1 and 2 is closed, so that no file of ours ever lands there. Call it first in
/// main.
void ensure_standard_fds();

/// Raises a limit on open descriptors below `least` to it, or as far as this process may. What cannot be raised stays.
/// Children inherit it.
void raise_fd_limit(unsigned least);

}  // namespace preemptd::sys
