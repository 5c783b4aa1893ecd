#include "drain/hooks/safety.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/look.h"

namespace preemptd::drain {
namespace {

using Why = Refusal::Why;

constexpr int kMostLinks = 8;

bool trusted(uid_t owner) {
  return owner == 0 || owner == ::geteuid();
}

/// A path that grows and shrinks in a fixed buffer.
class Path {
 public:
  const char* text() const { return *text_ == '\0' ? "/" : text_; }
  void clear() { text_[size_ = 0] = '\0'; }
  bool set(std::string_view text) { return clear(), append("", text); }
  /// "/name" more; false when that is too long.
  bool enter(std::string_view name) { return append("/", name); }
  void leave(std::size_t size) { text_[size_ = size] = '\0'; }
  std::size_t size() const { return size_; }

 private:
  bool append(std::string_view separator, std::string_view name) {
    if (size_ + separator.size() + name.size() >= sizeof text_) return false;
    std::memcpy(text_ + size_, separator.data(), separator.size());
    std::memcpy(text_ + size_ + separator.size(), name.data(), name.size());
    text_[size_ += separator.size() + name.size()] = '\0';
    return true;
  }
  char text_[PATH_MAX] = "";
  std::size_t size_ = 0;
};

/// The next component of a path, and the path without it; empty at the end.
std::string_view take_component(std::string_view& path) {
  for (;;) {
    while (path.starts_with('/')) path.remove_prefix(1);
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name != ".") return name;
  }
}

bool has_dotdot(std::string_view path) {
  for (auto name = take_component(path); !name.empty(); name = take_component(path))
    if (name == "..") return true;
  return false;
}

/// What the rehearsal's gate lets through is told to somebody who has memory for it.
using LetThrough = std::vector<std::string>;

/// One walk over one path. Uses no memory but its own, unless there is a list of what it let through.
class Walk {
 public:
  Walk(GateMode gate, Refusal& refusal, LetThrough* let_through)
      : gate_(gate), refusal_(refusal), let_through_(let_through) {}

  /// Judges every folder from / to the one that holds the last component; false when refused.
  bool enter(std::string_view path);
  /// Takes the last component for a folder, too.
  bool enter_last() { return last_empty() || (at_.enter(last_) && judge_folder()); }
  /// Goes on from a folder that a walk came to before.
  bool go_on_from(std::string_view folder, std::string_view name) {
    if (!at_.set(folder == "/" ? "" : folder) || name.size() >= sizeof last_) return refuse(Why::too_long);
    return set_last(name);
  }
  bool judge_file(int links_left = kMostLinks);

  /// The folder or (after judge_file) the file.
  const char* at() const { return at_.text(); }

 private:
  bool last_empty() const { return *last_ == '\0'; }
  bool set_last(std::string_view name) {
    if (name.size() >= sizeof last_) return refuse(Why::too_long);
    std::memcpy(last_, name.data(), name.size());
    last_[name.size()] = '\0';
    return true;
  }
  bool refuse(Why why, int error_number = 0, uid_t owner = 0) {
    return refuse_path(at_.text(), why, error_number, owner);
  }
  bool refuse_path(std::string_view path, Why why, int error_number = 0, uid_t owner = 0);
  bool refuse_look(int error_number) {
    if (sys::is_missing(error_number)) return refuse(Why::missing, error_number);
    return refuse(sys::may_pass(error_number) ? Why::look_failed : Why::unreadable, error_number);
  }
  bool judge_folder();
  bool follow_link(const struct stat& status, int links_left);

  GateMode gate_;
  Refusal& refusal_;
  LetThrough* let_through_;
  Path at_;
  char last_[NAME_MAX + 1] = "";
};

bool Walk::refuse_path(std::string_view path, Why why, int error_number, uid_t owner) {
  refusal_.why = why;
  refusal_.error_number = error_number;
  refusal_.owner = owner;
  const std::size_t size = std::min(path.size(), sizeof refusal_.path - 1);
  std::memcpy(refusal_.path, path.data(), size);
  refusal_.path[size] = '\0';
  return false;
}

bool Walk::enter(std::string_view path) {
  if (!path.starts_with('/')) return refuse_path(path, Why::not_absolute);
  at_.clear();
  if (!judge_folder()) return false;
  if (has_dotdot(path)) return refuse_path(path, Why::has_dotdot);
  std::string_view name = take_component(path);
  for (std::string_view next = take_component(path); !next.empty(); name = next, next = take_component(path))
    if (!at_.enter(name) || !judge_folder()) return refusal_.why == Why::none ? refuse(Why::too_long) : false;
  return set_last(name);
}

bool Walk::judge_folder() {
  struct stat status {};
  if (const int error = sys::look_lstat(at_.text(), status)) return refuse_look(error);
  if (S_ISLNK(status.st_mode)) return refuse(Why::linked_folder);
  if (!S_ISDIR(status.st_mode)) return refuse(Why::not_folder);
  if (!trusted(status.st_uid)) return refuse(Why::owner, 0, status.st_uid);
  const bool group_writes = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
  const bool others_write = (status.st_mode & S_IWOTH) != 0;
  if (!group_writes && !others_write) return true;
  const bool sticky = (status.st_mode & S_ISVTX) != 0;
  refuse(sticky ? Why::everybody_writes_sticky : others_write ? Why::everybody_writes : Why::group_writes);
  if (gate_ == GateMode::real || !sticky) return false;
  if (let_through_ != nullptr) let_through_->push_back(sentence(refusal_));
  refusal_.why = Why::none;
  return true;
}

bool Walk::follow_link(const struct stat& status, int links_left) {
  if (!trusted(status.st_uid)) return refuse(Why::owner_of_link, 0, status.st_uid);
  if (links_left == 0) return refuse(Why::long_chain);
  char target[PATH_MAX];
  std::size_t length = 0;
  if (const int error = sys::look_readlink(at_.text(), target, sizeof target, length))
    return refuse(sys::may_pass(error) ? Why::look_failed : Why::unreadable, error);
  const std::string_view to(target, length);
  if (to.starts_with('/')) return enter(to) && judge_file(links_left - 1);
  Path relative = at_;
  relative.leave(std::string_view(relative.text()).rfind('/'));
  return relative.enter(to) ? enter(relative.text()) && judge_file(links_left - 1) : refuse(Why::too_long);
}

bool Walk::judge_file(int links_left) {
  if (!at_.enter(last_)) return refuse(Why::too_long);
  struct stat status {};
  if (const int error = sys::look_lstat(at_.text(), status)) return refuse_look(error);
  if (S_ISLNK(status.st_mode)) return follow_link(status, links_left);
  if (!S_ISREG(status.st_mode)) return refuse(Why::not_regular);
  if (!trusted(status.st_uid)) return refuse(Why::owner, 0, status.st_uid);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refuse(Why::others_write_file);
  if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return refuse(Why::setuid);
  if ((status.st_mode & S_IXUSR) == 0) return refuse(Why::not_executable);
  return true;
}

void conclude(const Refusal& refusal, const char* target, Safety& safety) {
  safety.refused = sentence(refusal);
  safety.gone = refusal.why == Why::missing;
  safety.failed = refusal.why == Why::look_failed;
  if (safety.safe()) safety.target = target;
}

std::string why_text(const Refusal& refusal) {
  const auto owner = [&] { return "owned by uid " + std::to_string(refusal.owner); };
  const auto because = [&] { return std::string(std::strerror(refusal.error_number)); };
  switch (refusal.why) {
    case Why::none: return "";
    case Why::not_absolute: return "is not an absolute path";
    case Why::has_dotdot: return "has '..' in it: write the plain path";
    case Why::too_long: return "is too long a path";
    case Why::missing: return "does not exist";
    case Why::look_failed: return "cannot be looked at: " + because();
    case Why::linked_folder: return "is a linked folder: name the folder it points to";
    case Why::not_folder: return "is not a folder";
    case Why::owner: return "is " + owner() + ": chown root it";
    case Why::everybody_writes_sticky: return "is writable by everybody: keep hooks in a folder that only root writes";
    case Why::everybody_writes: return "is writable by everybody: chmod o-w it";
    case Why::group_writes: return "is writable by its group: chmod g-w it";
    case Why::owner_of_link: return "is a link that is " + owner();
    case Why::long_chain: return "is the end of too long a chain of links";
    case Why::unreadable: return "cannot be opened: " + because();
    case Why::not_regular: return "is not a regular file";
    case Why::others_write_file: return "is writable by others: chmod go-w it";
    case Why::setuid: return "is setuid or setgid: chmod ug-s it";
    case Why::not_executable: return "is not executable: chmod u+x it";
  }
  return "is refused";
}

}  // namespace

std::string sentence(const Refusal& refusal) {
  return refusal.why == Why::none ? "" : refusal.path + (" " + why_text(refusal));
}

Safety judge_path(const std::string& path, GateMode gate) {
  Safety safety;
  Refusal refusal;
  Walk walk(gate, refusal, &safety.real_gate_refuses);
  if (walk.enter(path)) walk.judge_file();
  conclude(refusal, walk.at(), safety);
  return safety;
}

bool judge_before_exec(const char* path, GateMode gate, Refusal& refusal) {
  Walk walk(gate, refusal, nullptr);
  return walk.enter(path) && walk.judge_file();
}

SafeFolder::SafeFolder(const std::string& path, GateMode gate) : gate_(gate) {
  Refusal refusal;
  Walk walk(gate, refusal, &judgement_.real_gate_refuses);
  if (walk.enter(path)) walk.enter_last();
  path_ = walk.at();
  conclude(refusal, "", judgement_);
}

Safety SafeFolder::judge(const std::string& name) const {
  Safety safety = judgement_;
  if (!safety.safe()) return safety;
  Refusal refusal;
  Walk walk(gate_, refusal, &safety.real_gate_refuses);
  if (walk.go_on_from(path_, name)) walk.judge_file();
  conclude(refusal, walk.at(), safety);
  return safety;
}

}  // namespace preemptd::drain
