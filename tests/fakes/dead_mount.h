#pragma once
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "sys/fd.h"

namespace preemptd::fakes {

/// A file system on `folder` that answers nobody, like a mount whose server is gone: FUSE, served by no one. Every look
/// below it hangs until the object goes; then they fail. In a mount namespace of this program's own. Needs root.
class DeadMount {
 public:
  explicit DeadMount(std::string folder) : folder_(std::move(folder)) {
    static const bool own_namespace =
        ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!own_namespace) return;
    fuse_.reset(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const std::string options = "fd=" + std::to_string(fuse_.get()) + ",rootmode=40000,user_id=0,group_id=0";
    mounted_ = fuse_ && ::mount("dead", folder_.c_str(), "fuse", 0, options.c_str()) == 0;
  }
  DeadMount(const DeadMount&) = delete;
  DeadMount& operator=(const DeadMount&) = delete;
  ~DeadMount() {
    fuse_.reset();
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }

  /// False: this machine has no FUSE, or this is not root.
  bool works() const { return mounted_; }

 private:
  std::string folder_;
  sys::Fd fuse_;
  bool mounted_ = false;
};

}  // namespace preemptd::fakes
