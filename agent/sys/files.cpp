#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>

namespace preemptd::sys {

using core::ErrorCode;
using core::Result;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_in_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Result<void> sync_file(int fd, const std::string& where) {
  if (::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
  return core::fail_errno(errno, "cannot sync", where);
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& where) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return core::fail_errno(errno, "cannot write", where);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

namespace {

/// Unlinks the temporary file unless it was renamed into place.
class TemporaryFile {
 public:
  TemporaryFile(int folder, std::string name, Fd fd) : folder_(folder), name_(std::move(name)), fd_(std::move(fd)) {}
  TemporaryFile(TemporaryFile&& other) noexcept
      : folder_(other.folder_), name_(std::exchange(other.name_, {})), fd_(std::move(other.fd_)) {}
  ~TemporaryFile() {
    if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  }

  static Result<TemporaryFile> create(int folder, const std::string& name, const std::string& path) {
    static std::atomic<unsigned> counter{0};
    const std::string temporary =
        "." + name + "." + std::to_string(::getpid()) + "-" + std::to_string(++counter) + ".tmp";
    constexpr int kFlags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
    Fd fd(::openat(folder, temporary.c_str(), kFlags, 0600));
    if (!fd && errno == EEXIST && ::unlinkat(folder, temporary.c_str(), 0) == 0)  // left by a namesake that crashed
      fd.reset(::openat(folder, temporary.c_str(), kFlags, 0600));
    if (!fd) return core::fail_errno(errno, "cannot create a file beside it", path);
    return TemporaryFile(folder, temporary, std::move(fd));
  }

  Result<void> fill(std::string_view bytes, mode_t mode, Durable durable, const std::string& path) {
    if (::fchmod(fd_.get(), mode) != 0) return core::fail_errno(errno, "cannot set the mode", path);
    if (auto written = write_all(fd_.get(), bytes, path); !written) return written;
    return durable == Durable::yes ? sync_file(fd_.get(), path) : Result<void>{};
  }

  Result<void> rename_to(const std::string& name, const std::string& path) {
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0)
      return core::fail_errno(errno, "cannot rename into place", path);
    name_.clear();
    return {};
  }

 private:
  int folder_;
  std::string name_;
  Fd fd_;
};

Result<void> write_once(int folder, const std::string& path, std::string_view bytes, mode_t mode, Durable durable) {
  const std::string name = name_in_folder(path);
  auto file = TemporaryFile::create(folder, name, path);
  if (!file) return tl::unexpected(file.error());
  if (auto filled = file->fill(bytes, mode, durable, path); !filled) return filled;
  if (auto renamed = file->rename_to(name, path); !renamed) return renamed;
  return durable == Durable::yes ? sync_file(folder, folder_of(path)) : Result<void>{};
}

Result<std::string> read_all(int fd, std::size_t limit, const std::string& path) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto got = ::read(fd, buffer.data(), std::min(buffer.size(), limit + 1 - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::fail_errno(errno, "cannot read", path);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit)
      return core::fail(ErrorCode::bad_input, "larger than " + std::to_string(limit) + " bytes", path);
  }
}

/// 0, also where there is one already, or the error.
int make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) != 0) return errno == EEXIST ? 0 : errno;
  // The parent's setgid bit is inherited by mkdir and must survive the explicit mode.
  struct stat status {};
  const mode_t inherited = ::stat(path.c_str(), &status) == 0 ? status.st_mode & S_ISGID : 0;
  return ::chmod(path.c_str(), mode | inherited) == 0 ? 0 : errno;
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode, Durable durable) {
  const Fd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return core::fail_errno(errno, "cannot open the folder", path);
  auto first = write_once(folder.get(), path, bytes, mode, durable);
  if (first || durable == Durable::no) return first;
  return write_once(folder.get(), path, bytes, mode, durable);
}

namespace {

/// The process that made ".NAME.PID-N.tmp"; 0: it is no such name.
pid_t writer_of(std::string_view name) {
  constexpr std::string_view kEnd = ".tmp";
  if (!name.starts_with('.') || !name.ends_with(kEnd)) return 0;
  name.remove_suffix(kEnd.size());
  const auto dash = name.rfind('-'), dot = name.rfind('.');
  if (dot == 0 || dash == std::string_view::npos || dash < dot) return 0;
  pid_t pid = 0;
  unsigned number = 0;
  const auto pid_end = std::from_chars(name.data() + dot + 1, name.data() + dash, pid);
  const auto number_end = std::from_chars(name.data() + dash + 1, name.data() + name.size(), number);
  const bool whole = pid_end.ptr == name.data() + dash && number_end.ptr == name.data() + name.size();
  return whole && pid_end.ec == std::errc{} && number_end.ec == std::errc{} ? pid : 0;
}

}  // namespace

void remove_temporaries(int folder, Writers writers) {
  const int listed = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(listed < 0 ? nullptr : ::fdopendir(listed), ::closedir);
  if (!stream && listed >= 0) ::close(listed);
  while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
    const pid_t writer = writer_of(entry->d_name);
    if (writer <= 0) continue;
    const bool gone = writers == Writers::gone || writer == ::getpid() || (::kill(writer, 0) != 0 && errno == ESRCH);
    if (gone) ::unlinkat(folder, entry->d_name, 0);
  }
}

Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit, Links links) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int follow = links == Links::refuse ? O_NOFOLLOW : 0;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd && errno == ELOOP) return core::fail(ErrorCode::bad_input, "is a symbolic link", path);
  if (!fd) return core::fail_errno(errno, "cannot open", path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return core::fail_errno(errno, "cannot stat", path);
  if (!S_ISREG(status.st_mode)) return core::fail(ErrorCode::bad_input, "is not a regular file", path);
  auto text = read_all(fd.get(), limit, path);
  if (!text) return tl::unexpected(text.error());
  return std::optional(std::move(*text));
}

Result<std::string> absolute_path(const std::string& path) {
  std::error_code error;
  auto absolute = std::filesystem::absolute(path, error);
  if (!error) return absolute.string();
  return core::fail(
      ErrorCode::bad_input,
      "is relative to a working directory that cannot be read (" + error.message() + "); give an absolute path", path);
}

Result<void> make_folders(const std::string& path, mode_t mode) {
  int error = make_folder(path, mode);
  if (error == ENOENT && folder_of(path) != path) {
    if (auto parent = make_folders(folder_of(path), mode); !parent) return parent;
    error = make_folder(path, mode);  // once: below /proc there is no folder to be made, however often one asks
  }
  if (error != 0) return core::fail_errno(error, "cannot make the folder", path);
  return {};
}

}  // namespace preemptd::sys
