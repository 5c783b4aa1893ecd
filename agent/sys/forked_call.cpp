#include "sys/forked_call.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace preemptd::sys {
namespace {

constexpr int kPipeSize = 1024 * 1024;

struct Abandoned {
  Fd pidfd;
  LookNote* note = nullptr;
};

std::mutex abandoned_mutex;
std::vector<Abandoned>& abandoned() {
  static auto* const kList = new std::vector<Abandoned>;  // outlives every thread
  return *kList;
}

bool reap(const Fd& pidfd) {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG) != 0) return errno != EINTR;
  return info.si_pid != 0;
}

void forget(LookNote* note) {
  ::munmap(note, sizeof(LookNote));
}

/// Those that have died since they were left behind.
void reap_abandoned() {
  const std::lock_guard lock(abandoned_mutex);
  std::erase_if(abandoned(), [](const Abandoned& one) {
    if (!reap(one.pidfd)) return false;
    forget(one.note);
    return true;
  });
}

void close_all_but(int kept) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= STDERR_FILENO; ++fd)
    if (fd != kept && null >= 0)
      ::dup2(null, fd);
    else if (fd != kept)
      ::close(fd);
  if (kept > STDERR_FILENO + 1) ::syscall(SYS_close_range, 3U, static_cast<unsigned>(kept) - 1, 0U);
  if (::syscall(SYS_close_range, static_cast<unsigned>(kept) + 1, ~0U, 0U) == 0) return;
  const auto most = ::sysconf(_SC_OPEN_MAX);  // a kernel before 5.9
  for (int fd = STDERR_FILENO + 1; fd < (most > 0 ? most : 1024); ++fd)
    if (fd != kept) ::close(fd);
}

[[noreturn]] void run_in_child(const ForkedCall::Body& body, int pipe, LookNote* note) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_all_but(pipe);
  note_looks_in(note);
  try {
    body(pipe);
  } catch (...) {  // out of memory: the answer is incomplete, and whoever reads it sees that
  }
  ::_exit(0);
}

}  // namespace

ForkedCall::ForkedCall(pid_t child, Fd pidfd, Fd pipe, LookNote* note)
    : child_(child), pidfd_(std::move(pidfd)), pipe_(std::move(pipe)), note_(note) {}

tl::expected<std::unique_ptr<ForkedCall>, int> ForkedCall::start(const Body& body) {
  reap_abandoned();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(errno);
  Fd reading(ends[0]);
  const Fd writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(writing.get(), F_SETPIPE_SZ, kPipeSize);  // where that is refused, the child waits for its reader
  void* const page = ::mmap(nullptr, sizeof(LookNote), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return tl::unexpected(errno);
  auto* const note = new (page) LookNote;
  const pid_t child = ::fork();  // it takes the allocator's locks, so that the child can use memory
  if (child == 0) run_in_child(body, writing.get(), note);
  if (child < 0) {
    const int error = errno;
    forget(note);
    return tl::unexpected(error);
  }
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0U)));
  return std::unique_ptr<ForkedCall>(new ForkedCall(child, std::move(pidfd), std::move(reading), note));
}

ForkedCall::~ForkedCall() {
  if (!pidfd_) {  // no descriptor was left for it: nobody else can have taken the child's pid before this
    ::kill(child_, SIGKILL);
    if (::waitpid(child_, nullptr, WNOHANG) == child_) forget(note_);
    return;
  }
  constexpr int kLastMomentMs = 20;
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0U);
  pollfd over{pidfd_.get(), POLLIN, 0};
  if (::poll(&over, 1, kLastMomentMs) == 1 && reap(pidfd_)) {
    forget(note_);
    return;
  }
  const std::lock_guard lock(abandoned_mutex);
  abandoned().push_back({std::move(pidfd_), note_});
}

}  // namespace preemptd::sys
