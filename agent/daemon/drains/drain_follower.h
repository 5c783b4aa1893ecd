#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/notice.h"
#include "drain/journal/journal.h"
#include "drain/journal/record.h"
#include "sys/folder_follower.h"
#include "sys/loop.h"

namespace preemptd::daemon {

/// Reads along in the journal of the current notice's drain, written by another process, perhaps not there yet. By
/// inotify, and once a second in case inotify is not available, or the disk takes no journal and the one in memory is
/// all there is. Belongs to the loop's thread.
class DrainFollower {
 public:
  /// Every entry once per follow(), in order, those from before included.
  using OnEntry = std::function<void(const core::Notice&, const drain::JournalEntry&)>;

  DrainFollower(sys::Loop& loop, std::string run_folder, std::string state_folder, OnEntry on_entry);

  /// From now on this notice's. A later state of the one already followed goes on where it is.
  void follow(const core::Notice& notice);

  /// The work the notice asks for is done: drained, or for a withdrawn one undone (or never begun).
  bool over() const;
  /// Nothing: no drain has begun.
  std::optional<drain::Record> record() const { return drain::record_of(entries_); }

 private:
  void look();
  void watch_folder();

  sys::Loop& loop_;
  std::string run_folder_, state_folder_;
  OnEntry on_entry_;
  std::optional<core::Notice> notice_;
  std::string folder_;                        ///< the drain's
  std::vector<drain::JournalEntry> entries_;  ///< passed on so far
  std::unique_ptr<sys::FolderFollower> changes_;
  bool inside_ = false;  ///< changes_ looks at folder_, not at the folder above
  sys::Loop::Handle again_;
};

}  // namespace preemptd::daemon
