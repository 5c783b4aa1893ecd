#include "drain/journal/memory_journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "drain/journal/journal.h"
#include "drain/journal/record_folder.h"
#include "sys/files.h"

namespace preemptd::drain {

using core::Result;

MemoryJournal::MemoryJournal(sys::Fd folder, sys::FileLock lock, bool first)
    : folder_(std::move(folder)), lock_(std::move(lock)), first_(first) {}

std::string MemoryJournal::path() const {
  return path_through(folder_, "journal");
}

Result<std::unique_ptr<MemoryJournal>> MemoryJournal::open(const std::string& run_folder) {
  const sys::Fd above(::open(run_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above) return core::fail_errno(errno, "cannot open the folder", run_folder);
  auto folder = enter_folder(above.get(), "drain", run_folder + "/drain");
  if (!folder) return tl::unexpected(folder.error());
  const bool first = ::faccessat(folder->get(), "lock", F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  auto lock = sys::FileLock::take(path_through(*folder, "lock"));
  if (!lock) return core::fail(lock.error().code, lock.error().what, run_folder + "/drain/lock");
  std::unique_ptr<MemoryJournal> journal(new MemoryJournal(std::move(*folder), std::move(*lock), first));
  if (auto read = journal->read(); !read) return tl::unexpected(read.error());
  return journal;
}

Result<void> MemoryJournal::read() {
  auto text = sys::read_file(path(), kJournalLimit, sys::Links::refuse);
  if (!text) return tl::unexpected(text.error());
  text_ = text->value_or("");
  text_.resize(decode_journal(text_).good_bytes);
  return {};
}

void MemoryJournal::start_over(std::string text) {
  next_ = std::move(text);
}

Result<void> MemoryJournal::append(const std::string& lines) {
  if (next_) {
    text_ = *std::exchange(next_, std::nullopt);
    file_ = {};
  }
  text_ += lines;
  if (!file_) return rewrite();
  if (const auto written = sys::write_all(file_.get(), lines, "journal"); !written) return rewrite();
  return {};
}

Result<void> MemoryJournal::rewrite() {
  file_ = {};
  auto written = sys::write_file_atomically(path(), text_, 0640, sys::Durable::no);
  if (written) file_ = sys::Fd(::openat(folder_.get(), "journal", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (written && !file_) written = core::fail_errno(errno, "cannot open the journal", path());
  if (!written) ::unlinkat(folder_.get(), "journal", 0);
  return written;
}

}  // namespace preemptd::drain
