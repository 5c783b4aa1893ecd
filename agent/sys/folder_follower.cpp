#include "sys/folder_follower.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace preemptd::sys {

core::Result<std::unique_ptr<FolderFollower>> FolderFollower::open(Loop& loop, const std::string& folder,
                                                                   OnChange on_change) {
  Fd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify) return core::fail_errno(errno, "cannot start inotify", folder);
  constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM |
                                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(inotify.get(), folder.c_str(), kEvents) < 0)
    return core::fail_errno(errno, "cannot follow the folder", folder);
  return std::unique_ptr<FolderFollower>(new FolderFollower(loop, std::move(inotify), std::move(on_change)));
}

FolderFollower::FolderFollower(Loop& loop, Fd inotify, OnChange on_change)
    : inotify_(std::move(inotify)), on_change_(std::move(on_change)) {
  watch_ = loop.watch(inotify_.get(), POLLIN, [this](short) { read_events(); });
}

namespace {

FolderFollower::Change change_of(std::uint32_t mask) {
  using Change = FolderFollower::Change;
  if (mask & IN_Q_OVERFLOW) return Change::lost;
  if (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) return Change::gone;
  return mask & (IN_DELETE | IN_MOVED_FROM) ? Change::removed : Change::written;
}

}  // namespace

void FolderFollower::read_events() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
  const std::weak_ptr<bool> alive = alive_;
  const OnChange on_change = on_change_;
  for (ssize_t at = 0; at < got && !alive.expired();) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    on_change(change_of(event.mask), event.len > 0 ? std::string(name) : std::string());
  }
}

}  // namespace preemptd::sys
