#pragma once
#include <sys/types.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace preemptd::drain {

/// All processes of one hook, however they forked, detached or hid. Belongs to the loop's thread.
class ProcessTree {
 public:
  virtual ~ProcessTree() = default;

  /// The cgroup the hook must be born in, opened; -1: none.
  virtual int cgroup_fd() const { return -1; }
  /// The hook's own process, once it runs.
  virtual void set_root(pid_t pid) = 0;
  /// SIGTERM to every process, then SIGCONT, so that stopped ones hear it.
  virtual void terminate() = 0;
  /// SIGKILL to every process, until nothing is left that could fork.
  virtual void kill() = 0;
};

/// How trees are kept together and killed.
class KillBackend {
 public:
  virtual ~KillBackend() = default;
  virtual std::string_view name() const = 0;  ///< "cgroup" or "walk"
  virtual std::unique_ptr<ProcessTree> tree(const std::string& hook, const std::string& state_folder) = 0;
  /// The last running hook is over: nothing that descends from this process may live on.
  virtual void kill_strays() = 0;
};

/// Ends what a drainer that died left running: hooks of this notice that nobody waits for any more. Call it with the
/// record's lock held, before any hook is started. Found by PREEMPT_STATE_DIR in their environment, which must be
/// `folder` or lie below it, and be the same there as here: another installation's hooks (a container's, a simulator's)
/// may have the same notice, and a folder of the same name.
void kill_orphans_below(const std::string& folder);

/// A cgroup of its own for each hook, killed by cgroup.kill; needs a cgroup v2 hierarchy this process may write to
/// (hybrid set-ups, too) and Linux 5.14. Null when there is none. `key` tells this drainer's cgroups from those of
/// others that may be at work; groups a dead drainer left under the same key are killed and removed at once.
std::unique_ptr<KillBackend> make_cgroup_backend(const std::string& key);

/// Works everywhere: makes this process the subreaper, so that whatever detaches becomes its child, and walks /proc. A
/// process is a hook's when it descends from it, is in its session, or carries its PREEMPT_STATE_DIR; one that has
/// shaken off all three is killed when no hook is running. `roots`: the pids of running hooks, which their owners reap;
/// whoever keeps some hooks together in another way shares it.
std::unique_ptr<KillBackend> make_walk_backend(
    std::shared_ptr<std::set<pid_t>> roots = std::make_shared<std::set<pid_t>>());

}  // namespace preemptd::drain
