#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/notice.h"
#include "core/result.h"

namespace preemptd::daemon {

/// Where the notice lives: `<run>/notice.json`, which any program may read and which starts the drain, and
/// `<state>/watch/notice.json`, which survives a reboot. Belongs to the loop's thread.
class NoticeFiles {
 public:
  NoticeFiles(const std::string& run_folder, const std::string& state_folder);

  const std::string& public_path() const { return public_path_; }

  /// Sets a little of the run folder's memory aside, which publish() gives up when it finds none left. At start.
  core::Result<void> reserve() const;
  /// The one the drain is started by. Quick: /run is memory. An error means that no drainer can read it there.
  core::Result<void> publish(const core::Notice& notice) const;
  /// The one for the next boot. May block as long as the disk does: not for the loop's thread.
  core::Result<void> keep(const core::Notice& notice) const;

  /// What is on disk, the public one first. A file that cannot be read or is no notice is an error to report, and
  /// nothing is found there. Nothing: no notice is known.
  std::optional<core::Notice> find(std::vector<core::Error>& errors) const;
  core::Result<std::optional<core::Notice>> read_public() const;

  /// Removes both; the drain's own folder stays.
  void forget() const;

 private:
  std::string public_path_;
  std::string kept_path_;
  std::string reserve_path_;
};

}  // namespace preemptd::daemon
