#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "sys/loop.h"

namespace preemptd::sys {

/// Reports which names in a folder changed, as it happens (inotify). Works for files replaced by rename and for files
/// that grow. To follow one file, follow its folder and compare names. Changes made before open() are not reported:
/// open first, then read the file once.
class FolderFollower {
 public:
  enum class Change {
    written,  ///< `name` was created, renamed into place, grew, or was closed after writing
    removed,  ///< `name` was deleted or renamed away
    lost,     ///< the kernel dropped events: look at everything (name empty)
    gone,     ///< the folder itself was removed or unmounted; nothing more will come (name empty)
  };
  using OnChange = std::function<void(Change, const std::string& name)>;

  /// Local fault: the folder is missing, or the kernel's limit of watches is reached (then poll instead). The callback
  /// may destroy the follower.
  static core::Result<std::unique_ptr<FolderFollower>> open(Loop& loop, const std::string& folder, OnChange on_change);

 private:
  FolderFollower(Loop& loop, Fd inotify, OnChange on_change);
  void read_events();

  Fd inotify_;
  OnChange on_change_;
  Loop::Handle watch_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace preemptd::sys
