#include "sys/look.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace preemptd::sys {
namespace {

LookNote* noted_in = nullptr;
core::BootTime repeat_until{};

/// `look` returns 0 or an errno value.
template <typename Look>
int repeated(const char* path, Look look) {
  constexpr int kFirstPauseMs = 5, kLongestPauseMs = 100;
  int pause = kFirstPauseMs;
  for (;;) {
    note_look(path);
    const int error = look();
    if (error == EINTR) continue;
    if (error == 0 || !may_pass(error) || repeat_until == core::BootTime{}) return error;
    if (core::BootClock::now() >= repeat_until) return error;
    ::poll(nullptr, 0, pause);
    pause = std::min(pause * 2, kLongestPauseMs);
  }
}

int error_of(bool done) {
  return done ? 0 : errno;
}

}  // namespace

void note_looks_in(LookNote* note) {
  noted_in = note;
}

void note_look(const char* path) {
  if (noted_in == nullptr) return;
  const std::size_t size = std::min(std::strlen(path), sizeof noted_in->path - 1);
  std::memcpy(noted_in->path, path, size);
  noted_in->path[size] = '\0';
  noted_in->looks.fetch_add(1);
}

void repeat_failed_looks(core::BootTime until) {
  repeat_until = until;
}

bool may_pass(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EIO:
    case EINTR:
    case EBUSY:
    case ENOBUFS:
    case ESTALE:
    case ETIMEDOUT:
    case ENOTCONN:
    case ECONNABORTED:
    case ECONNREFUSED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EREMOTEIO: return true;
    default: return false;
  }
}

bool is_missing(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

int look_lstat(const char* path, struct stat& status) {
  return repeated(path, [&] { return error_of(::lstat(path, &status) == 0); });
}

int look_stat(const char* path, struct stat& status) {
  return repeated(path, [&] { return error_of(::stat(path, &status) == 0); });
}

int look_access(const char* path, int mode) {
  return repeated(path, [&] { return error_of(::faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0); });
}

int look_readlink(const char* path, char* buffer, std::size_t size, std::size_t& length) {
  return repeated(path, [&] {
    const auto got = ::readlink(path, buffer, size);
    length = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got >= 0 && length == size ? ENAMETOOLONG : error_of(got > 0);
  });
}

int look_open(const char* path, Fd& file) {
  return repeated(path, [&] {
    file.reset(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    return error_of(static_cast<bool>(file));
  });
}

int look_read(const Fd& file, char* buffer, std::size_t size, std::int64_t offset, std::size_t& got) {
  got = 0;
  // The path noted last is the file's.
  const char* const path = noted_in == nullptr ? "" : noted_in->path;
  return repeated(path, [&] {
    while (got < size) {
      const auto more = ::pread(file.get(), buffer + got, size - got, offset + static_cast<std::int64_t>(got));
      if (more < 0) return errno;
      if (more == 0) return 0;
      got += static_cast<std::size_t>(more);
    }
    return 0;
  });
}

int look_list(const char* folder, std::vector<std::string>& names) {
  return repeated(folder, [&] {
    names.clear();
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder), ::closedir);
    if (!stream) return errno;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    if (errno == 0) return 0;
    const int error = errno;
    names.clear();
    return error;
  });
}

int look_noexec(const char* path, bool& noexec) {
  struct statvfs system {};
  const int error = repeated(path, [&] { return error_of(::statvfs(path, &system) == 0); });
  noexec = error == 0 && (system.f_flag & ST_NOEXEC) != 0;
  return error;
}

}  // namespace preemptd::sys
