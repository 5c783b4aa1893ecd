#pragma once
#include <string>

#include "core/result.h"
#include "sys/fd.h"

namespace preemptd::sys {

/// An exclusive flock on a file, held as long as the object lives and gone with the process however it dies. The file
/// holds the pid for people; it is never deleted, since deleting a lock file lets two holders in.
class FileLock {
 public:
  /// Where the holder is dead and a child of it on its way to execve still has the lock, it waits up to a second.
  /// refused: another process holds it, and `what` says which ("held by pid 123"). Local: the file cannot be opened or
  /// made.
  static core::Result<FileLock> take(const std::string& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace preemptd::sys
