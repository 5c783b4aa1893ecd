#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace preemptd::drain {

/// Who may own what runs, and how strict to be about folders.
enum class GateMode {
  real,       ///< a drain: no folder in the chain may be writable by others, sticky or not
  rehearsal,  ///< sticky folders such as /tmp are let through, and listed in Safety::real_gate_refuses
};

/// The judgement over a hook's whole path. Trusted owners are root and the user this process runs as.
struct Safety {
  std::string refused;                         ///< one sentence and how to mend it; empty: safe
  bool gone = false;                           ///< refused because there is no such file
  std::vector<std::string> real_gate_refuses;  ///< what GateMode::rehearsal let through
  std::string target;                          ///< the file itself, after links in the last component; set when safe
  dev_t device = 0;                            ///< identity of the file, for comparing before exec
  ino_t inode = 0;

  bool safe() const { return refused.empty(); }
};

/// Walks from / to the file, each component looked at without following links. In a folder that passes only trusted
/// owners may rename anything, so what is found below it stays what was judged. Refuses: a relative path or one with
/// ".."; a folder or file of an untrusted owner; a folder writable by others or by a group that is not root's; a linked
/// folder; a file that is not regular, is writable by group or others, is setuid or setgid, or is not executable for
/// its owner. A link as the last component is followed when its owner is trusted and its target passes the same walk.
Safety judge_path(const std::string& path, GateMode gate);

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
