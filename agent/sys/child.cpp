#include "sys/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <type_traits>

#include "sys/look.h"

#ifdef __SANITIZE_THREAD__
// The sanitizer's clone() takes every child for a fork and, in it, changes the parent's books, which are the same
// memory here.
extern "C" int __clone(int (*body)(void*), void* stack, int flags, void* argument, ...);
#define PREEMPTD_CLONE ::__clone
// And a function that never returns in the child would never return in the books either.
#define PREEMPTD_NEVER_RETURNS __attribute__((no_sanitize("thread")))
#else
#define PREEMPTD_CLONE ::clone
#define PREEMPTD_NEVER_RETURNS
#endif

namespace preemptd::sys {
namespace {

/// Handlers go with execve, ignored signals do not: these must be reset by hand. One line of /proc instead of asking
/// for every signal; where /proc is missing, all the classic ones are reset.
std::uint64_t ignored_signals() {
  constexpr std::uint64_t kClassic = 0x7fffffff;
  const Fd file(::open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer{};  // it is a third of that
  const auto got = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  const std::string_view status(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto at = status.find("\nSigIgn:\t");
  if (at == std::string_view::npos) return kClassic;
  std::uint64_t mask = kClassic;
  std::from_chars(status.data() + at + 9, status.data() + status.size(), mask, 16);
  return mask;
}

/// What the child needs, prepared before it exists: it shares our memory and may only make system calls.
struct Plan {
  const SpawnRequest& request;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::uint64_t ignored = 0;
  bool join_cgroup = false;     ///< it was not born in the group it belongs to
  char* inner_stack = nullptr;  ///< top of the stack of a detached grandchild
  SpawnError failed;            ///< written by the child
  pid_t grandchild = -1;        ///< written by the child
  StartingChild::Check check;
  int status_fd = -1;  ///< of a StartingChild: the only other descriptor that stays open until execve
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

bool give_up(Plan& plan, const char* step) {
  plan.failed = {errno, step};
  return false;
}

/// By raw system calls, as below: a checker of races takes what the wrappers open here for a descriptor of the parent.
int open_raw(const char* path, int flags) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags));
}

bool set_standard_fd(Plan& plan, int fd, int target) {
  if (fd < 0) fd = open_raw("/dev/null", target == 0 ? O_RDONLY : O_WRONLY);
  if (fd == target) return ::fcntl(fd, F_SETFD, 0) == 0 || give_up(plan, "fcntl");
  return ::syscall(SYS_dup3, fd, target, 0) >= 0 || give_up(plan, "dup2");
}

/// Raw system calls: the C library's wrappers would tell all threads of the parent, whose memory this still is.
bool become(Plan& plan, const Credentials& who) {
  if (::syscall(SYS_setgroups, who.groups.size(), who.groups.data()) != 0) return give_up(plan, "setgroups");
  if (::syscall(SYS_setresgid, who.gid, who.gid, who.gid) != 0) return give_up(plan, "setgid");
  if (::syscall(SYS_setresuid, who.uid, who.uid, who.uid) != 0) return give_up(plan, "setuid");
  return true;
}

void reset_signals(std::uint64_t ignored) {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    if ((ignored >> (number - 1) & 1U) != 0) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void reset_oom_score() {
  const int fd = open_raw("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;  // protection kept by mistake harms nobody's hook
  [[maybe_unused]] const auto written = ::write(fd, "0", 1);
}

bool join_cgroup(int group) {
  const int procs = ::openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  return procs >= 0 && ::write(procs, "0", 1) == 1;
}

/// Second defence; kernels without close_range have CLOEXEC. It comes before whatever may hang, so that a child that
/// does holds no lock and no pipe of others.
void close_others(int kept) {
  if (kept > 3) ::syscall(SYS_close_range, 3U, static_cast<unsigned>(kept) - 1, 0U);
  ::syscall(SYS_close_range, kept >= 3 ? static_cast<unsigned>(kept) + 1 : 3U, ~0U, 0U);
}

PREEMPTD_NEVER_RETURNS bool prepare_and_exec(Plan& plan) {
  const SpawnRequest& request = plan.request;
  if (plan.join_cgroup && !join_cgroup(request.cgroup_fd)) return give_up(plan, "joining the cgroup");
  ::setsid();  // fails only for a session leader, which a fresh child is not, or already is as wished
  ::umask(022);
  if (request.reset_oom_score) reset_oom_score();
  if (!set_standard_fd(plan, request.stdin_fd, 0) || !set_standard_fd(plan, request.stdout_fd, 1) ||
      !set_standard_fd(plan, request.stderr_fd, 2))
    return false;
  close_others(plan.status_fd);
  if (plan.check.passes != nullptr && !plan.check.passes(plan.check.context)) return give_up(plan, "check");
  if (request.run_as && !become(plan, *request.run_as)) return false;
  if (request.die_with_parent && ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return give_up(plan, "prctl");
  if (::chdir(request.folder.c_str()) != 0) return give_up(plan, "chdir");
  reset_signals(plan.ignored);
  ::execve(request.path.c_str(), plan.argv.data(), plan.env.data());
  return give_up(plan, "execve");
}

PREEMPTD_NEVER_RETURNS int run_child(void* argument) {
  prepare_and_exec(*static_cast<Plan*>(argument));
  ::_exit(127);
}

PREEMPTD_NEVER_RETURNS int run_middle(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  const pid_t pid = PREEMPTD_CLONE(run_child, plan.inner_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  if (pid < 0) give_up(plan, "clone");
  plan.grandchild = pid;
  ::_exit(0);
}

/// A stack for a child that shares our memory, with a guard page below.
class Stack {
 public:
  Stack() : base_(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (base_ != MAP_FAILED) ::mprotect(base_, kGuard, PROT_NONE);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    if (base_ != MAP_FAILED) ::munmap(base_, kSize);
  }
  char* top() const { return base_ == MAP_FAILED ? nullptr : static_cast<char*>(base_) + kSize; }
  char* middle() const { return static_cast<char*>(base_) + kSize / 2; }

 private:
  static constexpr std::size_t kSize = 128 * 1024, kGuard = 4096;
  void* base_;
};

/// No handler of ours may run in a child that shares our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

int open_pidfd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

/// Nobody could wait for it.
void end_with_children(pid_t pid) {
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

/// Under an emulator of another processor, as in an image's build: qemu-user has no CLONE_PIDFD. When the handle is
/// asked for, the child is a program already and may have children; so its place is taken before, and where there is
/// none nothing starts.
tl::expected<Child, SpawnError> start_emulated(Plan& plan, int (*body)(void*), char* stack) {
  Fd place(open_pidfd(::getpid()));
  if (!place) return tl::unexpected(SpawnError{errno, "pidfd_open"});
  const pid_t pid = PREEMPTD_CLONE(body, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  if (pid < 0) return tl::unexpected(SpawnError{errno, "clone"});
  place.reset();
  Fd pidfd(open_pidfd(pid));
  if (pidfd) return Child{pid, std::move(pidfd)};
  const SpawnError error{errno, "pidfd_open"};
  end_with_children(pid);
  return tl::unexpected(error);
}

tl::expected<Child, SpawnError> start(Plan& plan, int (*body)(void*)) {
  const Stack stack;
  if (stack.top() == nullptr) return tl::unexpected(SpawnError{errno, "mmap"});
  plan.inner_stack = stack.middle();
  const AllSignalsBlocked blocked;
  int pidfd = -1;
  const pid_t pid = PREEMPTD_CLONE(body, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  if (pid < 0 && errno == EINVAL) return start_emulated(plan, body, stack.top());
  if (pid < 0) return tl::unexpected(SpawnError{errno, "clone"});
  return Child{pid, Fd(pidfd)};
}

void reap(const Child& child) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

Plan plan_for(const SpawnRequest& request) {
  return Plan{request, pointers(request.argv), pointers(request.env), ignored_signals(), false, nullptr, {}, -1, {},
              -1};
}

/// What a StartingChild writes when it was not executed. Its texts are constants, at the same place in both.
static_assert(std::is_trivially_copyable_v<SpawnError>);

[[noreturn]] PREEMPTD_NEVER_RETURNS void run_copy(Plan& plan) {
  prepare_and_exec(plan);
  [[maybe_unused]] const auto written = ::write(plan.status_fd, &plan.failed, sizeof plan.failed);
  ::_exit(127);
}

/// A child that is born in its group. Moving a process there makes the kernel wait for a grace period, 10 ms and more;
/// being born there costs nothing. Nothing: the kernel, or a filter in front of it, does not offer that.
std::optional<tl::expected<Child, SpawnError>> copy_in_cgroup(Plan& plan) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD | CLONE_INTO_CGROUP;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(plan.request.cgroup_fd);
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) run_copy(plan);
  if (pid < 0 && may_pass(errno)) return tl::unexpected(SpawnError{errno, "clone"});
  if (pid < 0) return std::nullopt;
  return Child{static_cast<pid_t>(pid), Fd(pidfd)};
}

/// Under an emulator, see start_emulated().
tl::expected<Child, SpawnError> copy_emulated(Plan& plan) {
  Fd place(open_pidfd(::getpid()));
  if (!place) return tl::unexpected(SpawnError{errno, "pidfd_open"});
  const long pid = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) run_copy(plan);
  if (pid < 0) return tl::unexpected(SpawnError{errno, "clone"});
  place.reset();
  Fd pidfd(open_pidfd(static_cast<pid_t>(pid)));
  if (pidfd) return Child{static_cast<pid_t>(pid), std::move(pidfd)};
  const SpawnError error{errno, "pidfd_open"};
  end_with_children(static_cast<pid_t>(pid));
  return tl::unexpected(error);
}

tl::expected<Child, SpawnError> copy(Plan& plan) {
  if (plan.request.cgroup_fd >= 0) {
    if (auto born = copy_in_cgroup(plan)) return std::move(*born);
    plan.join_cgroup = true;
  }
  int pidfd = -1;
  const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, nullptr);
  if (pid == 0) run_copy(plan);
  if (pid < 0 && errno == EINVAL) return copy_emulated(plan);
  if (pid < 0) return tl::unexpected(SpawnError{errno, "clone"});
  return Child{static_cast<pid_t>(pid), Fd(pidfd)};
}

/// The end of the stream is what says "executed", so the writing end must not stay open here: closed again while it is
/// still the same pipe as `reading`.
void close_writing_end(Fd& writing, const Fd& reading) {
  const int fd = writing.release();
  struct stat ours {
  }, there{};
  for (int tries = 0; ::close(fd) != 0 && tries < 3; ++tries)
    if (::fstat(reading.get(), &ours) != 0 || ::fstat(fd, &there) != 0 || ours.st_ino != there.st_ino) return;
}

}  // namespace

core::Error to_error(const SpawnError& error, const std::string& path) {
  return core::fail_errno(error.error_number, std::string("cannot start (") + error.step + ")", path).value();
}

tl::expected<Child, SpawnError> spawn(const SpawnRequest& request) {
  Plan plan = plan_for(request);
  plan.join_cgroup = request.cgroup_fd >= 0;
  auto child = start(plan, run_child);
  if (!child || plan.failed.error_number == 0) return child;
  reap(*child);
  return tl::unexpected(plan.failed);
}

tl::expected<pid_t, SpawnError> spawn_detached(const SpawnRequest& request) {
  Plan plan = plan_for(request);
  const auto middle = start(plan, run_middle);
  if (!middle) return tl::unexpected(middle.error());
  reap(*middle);
  if (plan.failed.error_number != 0) return tl::unexpected(plan.failed);
  return plan.grandchild;
}

tl::expected<StartingChild, SpawnError> StartingChild::begin(const SpawnRequest& request, Check check) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(SpawnError{errno, "pipe"});
  Fd reading(ends[0]);
  Fd writing(ends[1]);
  Plan plan = plan_for(request);
  plan.check = check;
  plan.status_fd = writing.get();
  const AllSignalsBlocked blocked;
  auto child = copy(plan);
  close_writing_end(writing, reading);
  if (!child) return tl::unexpected(child.error());
  return StartingChild(std::move(*child), std::move(reading));
}

std::optional<tl::expected<Child, SpawnError>> StartingChild::wait(core::Millis bound) {
  pollfd decided{status_.get(), POLLIN, 0};
  if (::poll(&decided, 1, static_cast<int>(bound.count())) != 1) return std::nullopt;
  SpawnError failed;
  const auto got = ::read(status_.get(), &failed, sizeof failed);
  if (got < 0) return std::nullopt;
  status_.reset();
  if (got == 0) return std::move(child_);
  reap(child_);
  return tl::unexpected(failed);
}

void StartingChild::abandon() {
  if (!child_.pidfd) return;
  ::kill(child_.pid, SIGKILL);  // its pid is its own until it is reaped
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(child_.pidfd.get()), &info, WEXITED | WNOHANG);
  child_.pidfd.reset();
  status_.reset();
}

std::optional<ExitStatus> try_wait(const Child& child) {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED | WNOHANG) != 0)
    return errno == ECHILD ? std::optional(ExitStatus{ExitStatus::kUnknown, 0}) : std::nullopt;
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return ExitStatus{info.si_status, 0};
  return ExitStatus{0, info.si_status};
}

}  // namespace preemptd::sys
