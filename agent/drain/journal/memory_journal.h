#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "sys/fd.h"
#include "sys/file_lock.h"

namespace preemptd::drain {

/// The journal of the drain in hand once more, as `<run>/drain/journal`: the run folder is memory, so a drainer's
/// successor in this boot knows all that it knew even where the disk lost it, is full, or hangs. It holds one notice's
/// journal at a time, and its lock is the one that keeps a second drainer out. Belongs to the loop's thread: memory
/// does not hang.
class MemoryJournal {
 public:
  /// refused: another drainer is at work. Other faults: the run folder cannot be used, or `<run>/drain` is somebody
  /// else's.
  static core::Result<std::unique_ptr<MemoryJournal>> open(const std::string& run_folder);

  /// What the file holds, as far as it checks out.
  const std::string& text() const { return text_; }
  /// No drainer was ever here in this boot: nothing can be left of its hooks.
  bool first() const { return first_; }

  /// From the next append() on, the file begins with `text`; until then it keeps what it holds.
  void start_over(std::string text);
  /// After an error the file is gone, because an old one would mislead; the next append() writes all of it again.
  core::Result<void> append(const std::string& lines);

 private:
  MemoryJournal(sys::Fd folder, sys::FileLock lock, bool first);
  core::Result<void> read();
  core::Result<void> rewrite();
  std::string path() const;

  sys::Fd folder_;
  sys::FileLock lock_;
  bool first_;
  std::string text_;
  std::optional<std::string> next_;  ///< what start_over() was given
  sys::Fd file_;                     ///< none: the next append() writes a new file
};

}  // namespace preemptd::drain
