#include "drain/journal/record_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/json.h"
#include "drain/journal/record.h"
#include "sys/files.h"

#include <nlohmann/json.hpp>

namespace preemptd::drain {
namespace {

using core::Result;

/// Others may pass through to the state folder of a hook that runs as its own user, and see nothing on the way.
constexpr mode_t kFolderMode = 0751, kFileMode = 0640;
/// Kept for the journal when it is made, so that a disk that fills up during the drain cannot cost it.
constexpr off_t kJournalReserve = 256 * 1024;

}  // namespace

Result<sys::Fd> enter_folder(int parent, const std::string& name, const std::string& shown) {
  const bool made = ::mkdirat(parent, name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return core::fail_errno(errno, "cannot make the folder", shown);
  sys::Fd folder(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!folder || ::fstat(folder.get(), &status) != 0) return core::fail_errno(errno, "cannot open the folder", shown);
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return core::fail(core::ErrorCode::bad_input, "is owned by uid " + std::to_string(status.st_uid), shown);
  // Of the folder that was opened: whoever owns `parent` may have put a link to another one under its name.
  if (made && ::fchmod(folder.get(), kFolderMode | (status.st_mode & S_ISGID)) != 0)
    return core::fail_errno(errno, "cannot set the folder's mode", shown);
  return folder;
}

std::string path_through(const sys::Fd& folder, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
}

RecordFolder::RecordFolder(sys::Fd folder, sys::FileLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

std::string RecordFolder::path(const std::string& name) const {
  return path_through(folder_, name);
}

Result<std::unique_ptr<RecordFolder>> RecordFolder::open(const std::string& base, const std::string& id) {
  if (auto made = sys::make_folders(base, 0755); !made) return tl::unexpected(made.error());
  const sys::Fd above(::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above) return core::fail_errno(errno, "cannot open the folder", base);
  const auto drains = enter_folder(above.get(), "drains", base + "/drains");
  if (!drains) return tl::unexpected(drains.error());
  auto folder = enter_folder(drains->get(), id, drain_folder(base, id));
  if (!folder) return tl::unexpected(folder.error());
  auto lock = sys::FileLock::take(path_through(*folder, "lock"));
  if (!lock) return core::fail(lock.error().code, lock.error().what, drain_folder(base, id) + "/lock");
  sys::remove_temporaries(folder->get(), sys::Writers::gone);
  sys::remove_temporaries(drains->get(), sys::Writers::perhaps_alive);
  const sys::Fd outputs(::openat(folder->get(), "outputs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (outputs) sys::remove_temporaries(outputs.get(), sys::Writers::gone);
  std::unique_ptr<RecordFolder> record(new RecordFolder(std::move(*folder), std::move(*lock)));
  if (auto opened = record->open_journal(); !opened) return tl::unexpected(opened.error());
  return record;
}

Result<void> RecordFolder::open_journal() {
  auto text = sys::read_file(path("journal"), kJournalLimit, sys::Links::refuse);
  // One that cannot be read now may name hooks that ran: it is not started from nothing.
  if (!text && text.error().code == core::ErrorCode::local) return tl::unexpected(text.error());
  if (!text) {  // no file, or far too large: set aside for people
    ::renameat(folder_.get(), "journal", folder_.get(), "journal.corrupt");
    text = std::nullopt;
  }
  text_ = text->value_or("");
  const std::size_t good_bytes = decode_journal(text_).good_bytes;
  sys::Fd journal(::openat(folder_.get(), "journal", O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!journal) return core::fail_errno(errno, "cannot open the journal", path("journal"));
  ::fchmod(journal.get(), kFileMode);
  if (good_bytes < text_.size()) {
    text_.resize(good_bytes);
    if (::ftruncate(journal.get(), static_cast<off_t>(good_bytes)) != 0) broken_ = true;
  }
  // Where the file system cannot reserve, appending does without.
  ::fallocate(journal.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(text_.size()), kJournalReserve);
  written_ = text_.size();
  set_journal(std::move(journal));
  return {};
}

void RecordFolder::set_journal(sys::Fd fd) {
  const std::lock_guard lock(mutex_);
  journal_ = std::make_shared<sys::Fd>(std::move(fd));
}

std::shared_ptr<sys::Fd> RecordFolder::journal() {
  const std::lock_guard lock(mutex_);
  return journal_;
}

Result<void> RecordFolder::append(const std::string& lines) {
  text_ += lines;
  if (broken_) return rewrite();
  if (const auto written = sys::write_all(journal()->get(), lines, "journal"); !written) return rewrite();
  written_ = text_.size();
  return {};
}

Result<void> RecordFolder::catch_up(const std::string& text) {
  if (text_ == text) return {};
  text_ = text;
  return rewrite();
}

Result<void> RecordFolder::sync() {
  const std::size_t upto = written_;
  if (synced_ >= upto) return {};
  const auto file = journal();
  if (::fdatasync(file->get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    broken_ = true;
    return core::fail_errno(errno, "cannot sync", "journal");
  }
  synced_ = upto;
  return {};
}

Result<void> RecordFolder::rewrite() {
  broken_ = true;
  if (auto written = sys::write_file_atomically(path("journal"), text_, kFileMode, sys::Durable::yes); !written)
    return written;
  sys::Fd journal(::openat(folder_.get(), "journal", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (!journal) return core::fail_errno(errno, "cannot open the journal", path("journal"));
  set_journal(std::move(journal));
  written_ = text_.size();
  synced_ = text_.size();
  broken_ = false;
  return {};
}

Result<void> RecordFolder::write_output(const std::string& hook, HookEvent event, int attempt,
                                        const std::string& stream, const std::string& text) {
  if (auto made = sys::make_folders(path("outputs"), kFolderMode); !made) return made;
  return sys::write_file_atomically(output_path(path("."), hook, event, attempt, stream), text, kFileMode,
                                    sys::Durable::no);
}

Result<std::string> RecordFolder::record_text() {
  const auto record = record_of(decode_journal(text_).entries);
  if (!record) return core::fail(core::ErrorCode::local, "no drain is recorded in the journal", "record.json");
  return core::dump_json_pretty(to_json(*record));
}

Result<void> RecordFolder::write_record() {
  Result<void> rewritten;
  if (broken_) rewritten = rewrite();
  const auto text = record_text();
  if (!text) return tl::unexpected(text.error());
  const auto durable = sys::write_file_atomically(path("record.json"), *text, kFileMode, sys::Durable::yes);
  if (durable) return rewritten;
  // A disk that cannot sync may still keep it.
  const auto written = sys::write_file_atomically(path("record.json"), *text, kFileMode, sys::Durable::no);
  return written ? durable : written;
}

Result<void> RecordFolder::complete_record() {
  const auto wanted = record_text();
  if (!wanted) return {};
  const auto text = sys::read_file(path("record.json"), kJournalLimit, sys::Links::refuse);
  return text && *text == *wanted ? Result<void>{} : write_record();
}

Result<void> RecordFolder::write_history(const std::string& text) {
  return sys::write_file_atomically(path("../durations.json"), text, kFileMode, sys::Durable::no);
}

Result<void> RecordFolder::make_hooks_folder() {
  if (hooks_made_) return {};
  auto made = sys::make_folders(path("hooks"), 0755);
  hooks_made_ = made.has_value();
  return made;
}

Result<void> RecordFolder::make_hook_folder(const std::string& hook, uid_t owner, gid_t group) {
  const std::string folder = path("hooks/" + hook);
  if (auto made = make_hooks_folder(); !made) return made;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return core::fail_errno(errno, "cannot make the folder", folder);
  static const uid_t kSelf = ::geteuid();
  if (owner != kSelf && ::chown(folder.c_str(), owner, group) != 0)
    return core::fail_errno(errno, "cannot give the folder to its user", folder);
  return {};
}

std::string hook_state_folders(const std::string& base, const std::string& id) {
  return drain_folder(base, id) + "/hooks";
}

std::string hook_state_folder(const std::string& base, const std::string& id, const std::string& hook) {
  return hook_state_folders(base, id) + "/" + hook;
}

}  // namespace preemptd::drain
