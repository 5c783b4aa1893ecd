#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/notice.h"
#include "drain/journal/record.h"
#include "fakes/temp_folder.h"
#include "sys/child.h"

namespace preemptd::tests {

/// How the drainer under test kills trees. Walk hides the cgroup hierarchy from it, which takes root.
enum class Kill { cgroup, walk };
/// Those that this machine can try.
std::vector<Kill> kill_backends();
const char* name_of(Kill kill);

/// A wrapper for a rig.
std::vector<std::string> under_strace(const std::vector<std::string>& options);

/// A private run, state and hooks folder, and the real preempt-drain.
class Rig {
 public:
  Rig();
  /// Fails the test when something of the hooks is still alive.
  ~Rig();

  /// Writes an executable shell script; `header` is its options line ("timeout=1s"). TOKEN in it becomes a number that
  /// only this rig's processes have on their command line: `sleep TOKEN` is how a hook leaves something behind.
  void hook(const std::string& name, const std::string& body, const std::string& header = "");
  std::string hooks() const { return folder_ / "hooks"; }
  std::string path(const std::string& name) const { return folder_ / name; }

  core::Notice notice;  ///< a minute from now unless changed; written by run() and start()
  void write_notice();
  void set_window(core::Millis left);

  /// Arguments before the program: a namespace, strace, a limit.
  std::vector<std::string> wrapper;
  std::vector<std::string> settings;  ///< more of them, as SECTION.KEY=VALUE
  void kill_by(Kill kill);

  /// Starts the drainer and waits for its end (30 s at most).
  sys::ExitStatus run();
  void start();
  sys::ExitStatus wait();
  void kill_drainer();
  pid_t pid() const { return child_->pid; }

  drain::Record record() const;
  const drain::HookRecord& hook_record(const std::string& name);
  /// "ok", "failed", …; "none" while it is not over.
  std::string outcome(const std::string& name);
  /// What hooks have said with `mark TEXT`, in order: "a, b".
  std::string marks() const;
  bool wait_for_mark(const std::string& text) const;
  std::string log() const;
  bool wait_for_log(const std::string& text) const;
  std::vector<pid_t> survivors() const;

 private:
  fakes::TempFolder folder_;
  std::string token_;
  std::optional<sys::Child> child_;
  std::optional<drain::Record> record_;
};

}  // namespace preemptd::tests
