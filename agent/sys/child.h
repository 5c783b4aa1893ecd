#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "sys/fd.h"

namespace preemptd::sys {

/// Whom a child runs as. Needs root.
struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

/// Everything a child starts with; nothing is inherited that is not named here. It gets a session of its own, default
/// signals (SIGPIPE too), an empty signal mask, umask 022 and no descriptor above 2.
struct SpawnRequest {
  std::string path;               ///< executed as it is: no PATH search, no shell
  std::vector<std::string> argv;  ///< argv[0] included
  std::vector<std::string> env;   ///< "NAME=value"
  std::string folder = "/";       ///< working directory
  int stdin_fd = -1;              ///< -1: /dev/null. Descriptors stay the caller's.
  int stdout_fd = -1;
  int stderr_fd = -1;
  int cgroup_fd = -1;            ///< an opened folder of cgroup v2: the child is born in that group; -1: ours
  bool die_with_parent = false;  ///< it gets SIGKILL when the thread that spawned it ends, however that came about
  bool reset_oom_score = false;  ///< take back a protection of our own (oom_score_adj) that the child must not have
  std::optional<Credentials> run_as;
};

struct Child {
  pid_t pid = -1;
  Fd pidfd;  ///< readable once the process is over; also the way to signal it without a race
};

/// Why a child did not start, as the kernel said it. `step` is the call that failed ("execve", "setuid", "clone").
struct SpawnError {
  int error_number = 0;
  const char* step = "";
};
core::Error to_error(const SpawnError& error, const std::string& path);

/// Starts a child, or says exactly why not; when it returns a child, execve has succeeded. Costs a vfork, whatever the
/// size of this process, and is safe with threads. The calling thread is held for the moment until execve.
tl::expected<Child, SpawnError> spawn(const SpawnRequest& request);

/// The same for a process that lives on by itself: it becomes init's child (or the nearest subreaper's), and this
/// process need not wait for it. Returns its pid.
tl::expected<pid_t, SpawnError> spawn_detached(const SpawnRequest& request);

/// A child on its way to execve, which may hang where its path or its interpreter lies on a mount that does not answer.
/// It has a copy of this process's memory: fit for a small process such as the drainer. The request's argv and env need
/// not live longer than begin(). For one thread.
class StartingChild {
 public:
  /// Called in the child last of all before it takes on its user, as this process's user. False: it ends instead, and
  /// the error has the step "check". Only system calls and the stack: this process may have threads, and the child is
  /// alone.
  struct Check {
    bool (*passes)(void* context) = nullptr;
    void* context = nullptr;
  };
  static tl::expected<StartingChild, SpawnError> begin(const SpawnRequest& request, Check check);

  /// Readable when wait() has something to return.
  int fd() const { return status_.get(); }
  /// The child, executed; or why it was not. Nothing: still on its way after `bound`.
  std::optional<tl::expected<Child, SpawnError>> wait(core::Millis bound);
  /// It is killed, and will execute nothing even where the kernel does not let it die yet.
  void abandon();
  pid_t pid() const { return child_.pid; }

 private:
  StartingChild(Child child, Fd status) : child_(std::move(child)), status_(std::move(status)) {}
  Child child_;
  Fd status_;  ///< the child closes its end by execve, or writes why not
};

/// How a child ended.
struct ExitStatus {
  static constexpr int kUnknown = -1;  ///< somebody else took its status, or the kernel did because SIGCHLD is ignored

  int code = 0;    ///< exit code when signal == 0
  int signal = 0;  ///< the signal that ended it
  bool known() const { return code != kUnknown; }
  bool operator==(const ExitStatus&) const = default;
};

/// Reaps the child if it is over; nothing while it still runs. Never blocks.
std::optional<ExitStatus> try_wait(const Child& child);

}  // namespace preemptd::sys
