#include "drain/hooks/safety.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/text.h"

namespace preemptd::drain {
namespace {

constexpr int kMostLinks = 8;

bool trusted(uid_t owner) {
  return owner == 0 || owner == ::geteuid();
}

std::string owner_text(uid_t owner) {
  return "is owned by uid " + std::to_string(owner);
}

/// One walk over one path. Judgements end in safety_.refused.
class Walk {
 public:
  Walk(GateMode gate, Safety& safety) : gate_(gate), safety_(safety) {}

  /// Walks to the folder that holds the last component and judges everything on the way; false when refused.
  bool enter(const std::string& path) {
    if (path.empty() || path[0] != '/') return refuse(path, "is not an absolute path");
    walked_ = "";
    if (!judge_current_folder()) return false;
    const auto parts = components(path);
    for (const auto part : parts)
      if (part == "..") return refuse(path, "has '..' in it: write the plain path");
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (!descend(parts[i])) return false;
    last_ = parts.empty() ? "." : std::string(parts.back());
    return true;
  }

  bool descend(std::string_view name) {
    walked_ += "/" + std::string(name);
    return judge_current_folder();
  }

  /// Goes on from a folder that a walk came to before.
  void go_on_from(const std::string& folder, const std::string& name) {
    walked_ = folder;
    last_ = name;
  }

  bool judge_file(int links_left);
  const std::string& last() const { return last_; }
  const std::string& walked() const { return walked_; }

 private:
  static std::vector<std::string_view> components(std::string_view path) {
    std::vector<std::string_view> parts;
    for (const auto part : core::split(path, '/'))
      if (!part.empty() && part != ".") parts.push_back(part);
    return parts;
  }

  bool refuse(const std::string& what, const std::string& why) {
    safety_.refused = what + " " + why;
    return false;
  }
  bool refuse_errno(const std::string& what) {
    safety_.gone = errno == ENOENT || errno == ENOTDIR;
    return refuse(what, safety_.gone ? "does not exist" : std::string("cannot be opened: ") + std::strerror(errno));
  }

  bool judge_current_folder();
  bool follow_link(const std::string& path, const struct stat& status, int links_left);

  GateMode gate_;
  Safety& safety_;
  std::string walked_;
  std::string last_;
};

bool Walk::judge_current_folder() {
  const std::string name = walked_.empty() ? "/" : walked_;
  struct stat status {};
  if (::lstat(name.c_str(), &status) != 0) return refuse_errno(name);
  if (S_ISLNK(status.st_mode)) return refuse(name, "is a linked folder: name the folder it points to");
  if (!S_ISDIR(status.st_mode)) return refuse(name, "is not a folder");
  if (!trusted(status.st_uid)) return refuse(name, owner_text(status.st_uid) + ": chown root it");
  const bool group_writes = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
  const bool others_write = (status.st_mode & S_IWOTH) != 0;
  if (!group_writes && !others_write) return true;
  const bool sticky = (status.st_mode & S_ISVTX) != 0;
  const std::string why = sticky         ? "is writable by everybody: keep hooks out of it"
                          : others_write ? "is writable by everybody: chmod o-w it"
                                         : "is writable by its group: chmod g-w it";
  if (gate_ == GateMode::real || !sticky) return refuse(name, why);
  safety_.real_gate_refuses.push_back(name + " " + why);
  return true;
}

bool Walk::follow_link(const std::string& path, const struct stat& status, int links_left) {
  if (!trusted(status.st_uid)) return refuse(path, "is a link that " + owner_text(status.st_uid));
  if (links_left == 0) return refuse(path, "is the end of too long a chain of links");
  std::array<char, 4096> target{};
  const auto length = ::readlink(path.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size())
    return refuse(path, "is a link that cannot be read");
  const std::string to(target.data(), static_cast<std::size_t>(length));
  return enter(to[0] == '/' ? to : walked_ + "/" + to) && judge_file(links_left - 1);
}

bool Walk::judge_file(int links_left) {
  const std::string path = walked_ + "/" + last_;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return refuse_errno(path);
  if (S_ISLNK(status.st_mode)) return follow_link(path, status, links_left);
  if (!S_ISREG(status.st_mode)) return refuse(path, "is not a regular file");
  if (!trusted(status.st_uid)) return refuse(path, owner_text(status.st_uid) + ": chown root it");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refuse(path, "is writable by others: chmod go-w it");
  if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return refuse(path, "is setuid or setgid: chmod ug-s it");
  if ((status.st_mode & S_IXUSR) == 0) return refuse(path, "is not executable: chmod u+x it");
  safety_.target = path;
  safety_.device = status.st_dev;
  safety_.inode = status.st_ino;
  return true;
}

}  // namespace

Safety judge_path(const std::string& path, GateMode gate) {
  Safety safety;
  Walk walk(gate, safety);
  if (walk.enter(path)) walk.judge_file(kMostLinks);
  return safety;
}

SafeFolder::SafeFolder(const std::string& path, GateMode gate) : gate_(gate) {
  Walk walk(gate, judgement_);
  if (walk.enter(path) && walk.last() != ".") walk.descend(walk.last());
  path_ = walk.walked();
}

Safety SafeFolder::judge(const std::string& name) const {
  Safety safety = judgement_;
  Walk walk(gate_, safety);
  walk.go_on_from(path_, name);
  if (safety.safe()) walk.judge_file(kMostLinks);
  return safety;
}

}  // namespace preemptd::drain
