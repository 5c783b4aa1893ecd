#pragma once
#include <sys/types.h>

#include <climits>
#include <string>
#include <string_view>
#include <vector>

namespace preemptd::drain {

/// Who may own what runs, and how strict to be about folders.
enum class GateMode {
  real,       ///< a drain: no folder in the chain may be writable by others, sticky or not
  rehearsal,  ///< sticky folders such as /tmp are let through, and listed in Safety::real_gate_refuses
};

/// Why the gate refuses a path. Of fixed size, so that a child between fork and exec can fill it in.
struct Refusal {
  enum class Why {
    none,
    not_absolute,
    has_dotdot,
    too_long,
    missing,
    look_failed,  ///< the look-up itself failed: nothing is known about the path
    linked_folder,
    not_folder,
    owner,
    everybody_writes_sticky,
    everybody_writes,
    group_writes,
    owner_of_link,
    long_chain,
    unreadable,
    not_regular,
    others_write_file,
    setuid,
    not_executable,
  };
  Why why = Why::none;
  int error_number = 0;  ///< missing, look_failed, unreadable
  uid_t owner = 0;       ///< owner, owner_of_link
  char path[PATH_MAX] = "";
};
/// One sentence and how to correct it; empty for Why::none.
std::string sentence(const Refusal& refusal);

/// The judgement over a hook's whole path. Trusted owners are root and the user this process runs as.
struct Safety {
  std::string refused;                         ///< one sentence and how to correct it; empty: safe
  bool gone = false;                           ///< refused because there is no such file
  bool failed = false;                         ///< refused because a look-up failed: it may go well the next time
  std::vector<std::string> real_gate_refuses;  ///< what GateMode::rehearsal let through
  std::string target;                          ///< the file itself, after links in the last component; set when safe

  bool safe() const { return refused.empty(); }
};

/// Walks from / to the file, each component looked at without following links. In a folder that passes only trusted
/// owners may rename anything, so what is found below it stays what was judged. Refuses: a relative path or one with
/// ".."; a folder or file of an untrusted owner; a folder writable by others or by a group that is not root's; a linked
/// folder; a file that is not regular, is writable by group or others, is setuid or setgid, or is not executable for
/// its owner. A link as the last component is followed when its owner is trusted and its target passes the same walk.
Safety judge_path(const std::string& path, GateMode gate);

/// The same judgement without memory of its own: for a child between fork and exec. True: safe.
bool judge_before_exec(const char* path, GateMode gate, Refusal& refusal);

/// The same for many files of one folder: the walk to the folder is done once.
class SafeFolder {
 public:
  SafeFolder(const std::string& path, GateMode gate);
  /// Of the folder itself; `target` stays empty.
  const Safety& judgement() const { return judgement_; }
  /// As judge_path() of this name in it; where the folder is refused, so is the file.
  Safety judge(const std::string& name) const;

 private:
  GateMode gate_;
  Safety judgement_;
  std::string path_;
};

}  // namespace preemptd::drain
