#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "drain/journal/journal.h"
#include "sys/fd.h"
#include "sys/file_lock.h"

namespace preemptd::drain {

/// The folder of one drain, opened for writing. Everything here may block as long as the disk does: for the threads of
/// StateWriters only, sync() for one of its own and all else for another. Files are reached through the opened folder,
/// so that nobody who may rename a folder above can lead root elsewhere.
class RecordFolder {
 public:
  /// Makes `<base>/drains/<id>`, takes its lock and reads its journal. refused: another drainer works on this notice.
  /// Other faults: the folder cannot be used (read-only, full, owned by somebody else).
  static core::Result<std::unique_ptr<RecordFolder>> open(const std::string& base, const std::string& id);

  /// What the journal held when it was opened. A torn tail has been cut off.
  const std::string& text() const { return text_; }
  /// Makes the journal read like this, where it does not: a disk that was full or hung has missed some of it.
  core::Result<void> catch_up(const std::string& text);

  /// Appends whole lines: safe from a crash of the drainer, and after sync() from a loss of power. After a write or
  /// sync that failed, the whole journal is written to a new file from memory, because the kernel may have dropped the
  /// pages; an error means that this failed, too. The lines stay in memory and are tried again with the next ones.
  core::Result<void> append(const std::string& lines);
  /// Syncs what was appended so far, unless an earlier call has done so already.
  core::Result<void> sync();

  core::Result<void> write_output(const std::string& hook, HookEvent event, int attempt, const std::string& stream,
                                  const std::string& text);
  /// Writes record.json from the journal in memory.
  core::Result<void> write_record();
  /// The same where it is missing or says something else.
  core::Result<void> complete_record();
  core::Result<void> write_history(const std::string& text);
  /// Makes hooks/<hook>, owned by the account the hook runs as.
  core::Result<void> make_hook_folder(const std::string& hook, uid_t owner, gid_t group);

 private:
  RecordFolder(sys::Fd folder, sys::FileLock lock);
  core::Result<void> open_journal();
  core::Result<void> rewrite();
  core::Result<void> make_hooks_folder();
  core::Result<std::string> record_text();
  void set_journal(sys::Fd fd);
  std::shared_ptr<sys::Fd> journal();
  std::string path(const std::string& name) const;

  sys::Fd folder_;
  sys::FileLock lock_;
  std::mutex mutex_;  ///< guards journal_ against sync()
  std::shared_ptr<sys::Fd> journal_;
  std::string text_;                                   ///< the whole journal as it ought to be
  std::atomic<std::size_t> written_ = 0, synced_ = 0;  ///< bytes of text_
  std::atomic<bool> broken_ = false;                   ///< what is in the file is not to be trusted: rewrite it
  bool hooks_made_ = false;
};

/// A folder below `parent`, made where it is missing; bad_input when it is somebody else's, local when it is a link.
core::Result<sys::Fd> enter_folder(int parent, const std::string& name, const std::string& shown);
/// The path of a file in an opened folder, whatever becomes of the names above it.
std::string path_through(const sys::Fd& folder, const std::string& name);

/// `<base>/drains/<id>/hooks`.
std::string hook_state_folders(const std::string& base, const std::string& id);
/// `<base>/drains/<id>/hooks/<hook>`: PREEMPT_STATE_DIR.
std::string hook_state_folder(const std::string& base, const std::string& id, const std::string& hook);

}  // namespace preemptd::drain
