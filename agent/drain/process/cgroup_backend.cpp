#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/text.h"
#include "drain/process/process_tree.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kProcLimit = 1024 * 1024;

std::string text_of(const std::string& path) {
  auto text = sys::read_file(path, kProcLimit);
  return text && *text ? std::move(**text) : std::string{};
}

/// Where the cgroup v2 hierarchy is mounted: mountinfo's mount point of the first file system of type cgroup2.
std::optional<std::string> cgroup2_mount() {
  const std::string mounts = text_of("/proc/self/mountinfo");
  for (const auto line : core::split(mounts, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos || !line.substr(dash).starts_with(" - cgroup2 ")) continue;
    const auto fields = core::split(line, ' ');
    if (fields.size() > 4) return std::string(fields[4]);
  }
  return std::nullopt;
}

/// This process's place in it: the line "0::/path" of /proc/self/cgroup.
std::optional<std::string> own_cgroup() {
  const auto mount = cgroup2_mount();
  const std::string groups = text_of("/proc/self/cgroup");
  if (!mount) return std::nullopt;
  for (const auto line : core::split(groups, '\n'))
    if (line.starts_with("0::/")) return *mount + (line == "0::/" ? "" : std::string(line.substr(3)));
  return std::nullopt;
}

void for_each_folder_in(const std::string& folder, const std::function<void(const std::string& name)>& body) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get()))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  for (const auto& name : names) body(name);
}

bool write_text(const std::string& path, std::string_view text) {
  const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Removes a killed group with the groups its hook may have made in it. False while a process is still dying in it.
bool remove_group(const std::string& group) {
  if (::rmdir(group.c_str()) == 0 || errno == ENOENT) return true;
  for_each_folder_in(group, [&](const std::string& name) { remove_group(group + "/" + name); });
  return ::rmdir(group.c_str()) == 0;
}

/// Removes it as soon as it is empty, or leaves it after a moment: an empty group harms nobody.
void remove_group_soon(const std::string& group) {
  constexpr int kMostTries = 20, kPauseMs = 5;
  for (int i = 0; i < kMostTries && !remove_group(group); ++i) ::poll(nullptr, 0, kPauseMs);
}

void signal_all(const std::string& group, int number) {
  const std::string procs = text_of(group + "/cgroup.procs");
  for (const auto line : core::split(procs, '\n')) {
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid > 0) ::kill(pid, number);
  }
  for_each_folder_in(group, [&](const std::string& name) { signal_all(group + "/" + name, number); });
}

class CgroupTree final : public ProcessTree {
 public:
  CgroupTree(std::string group, std::vector<std::string>& dying, std::shared_ptr<std::set<pid_t>> roots)
      : group_(std::move(group)),
        dying_(dying),
        roots_(std::move(roots)),
        folder_(::open(group_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ~CgroupTree() override {
    roots_->erase(root_);
    if (!removed_ && !remove_group(group_)) dying_.push_back(group_);
  }

  int cgroup_fd() const override { return folder_.get(); }
  void set_root(pid_t pid) override {
    root_ = pid;
    roots_->insert(pid);
    folder_.reset();
  }
  void terminate() override {
    signal_all(group_, SIGTERM);
    signal_all(group_, SIGCONT);
  }
  /// Nobody can join a group that nobody is in: where it can be removed, there is nothing to kill.
  void kill() override {
    removed_ = removed_ || ::rmdir(group_.c_str()) == 0;
    if (!removed_) write_text(group_ + "/cgroup.kill", "1");
  }

 private:
  bool removed_ = false;
  pid_t root_ = -1;
  std::string group_;
  std::vector<std::string>& dying_;
  std::shared_ptr<std::set<pid_t>> roots_;
  sys::Fd folder_;
};

class CgroupBackend final : public KillBackend {
 public:
  CgroupBackend(std::string base, std::string prefix) : base_(std::move(base)), prefix_(std::move(prefix)) {}
  ~CgroupBackend() override {
    for (const auto& group : dying_) remove_group_soon(group);
  }

  std::string_view name() const override { return "cgroup"; }

  std::unique_ptr<ProcessTree> tree(const std::string& hook, const std::string& state_folder) override {
    const std::string group = base_ + "/" + prefix_ + hook;
    std::erase(dying_, group);  // an earlier attempt's, in use again
    if (::mkdir(group.c_str(), 0755) == 0 || errno == EEXIST)
      return std::make_unique<CgroupTree>(group, dying_, roots_);
    if (!walk_) walk_ = make_walk_backend(roots_);  // a limit on groups was reached: this hook is walked instead
    return walk_->tree(hook, state_folder);
  }

  void kill_strays() override {
    if (walk_) walk_->kill_strays();
    std::erase_if(dying_, remove_group);
  }

  void kill_leftovers() {
    for_each_folder_in(base_, [this](const std::string& name) {
      if (!name.starts_with(prefix_)) return;
      write_text(base_ + "/" + name + "/cgroup.kill", "1");
      remove_group_soon(base_ + "/" + name);
    });
  }

  bool works() {
    const std::string probe = base_ + "/" + prefix_ + "probe";
    if (::mkdir(probe.c_str(), 0755) != 0 && errno != EEXIST) return false;
    const bool can_kill = ::access((probe + "/cgroup.kill").c_str(), W_OK) == 0;  // Linux 5.14
    return ::rmdir(probe.c_str()) == 0 && can_kill;
  }

 private:
  std::string base_, prefix_;
  std::vector<std::string> dying_;  ///< groups whose last process was still ending
  std::shared_ptr<std::set<pid_t>> roots_ = std::make_shared<std::set<pid_t>>();
  std::unique_ptr<KillBackend> walk_;
};

}  // namespace

std::unique_ptr<KillBackend> make_cgroup_backend(const std::string& key) {
  const auto base = own_cgroup();
  if (!base) return nullptr;
  auto backend = std::make_unique<CgroupBackend>(*base, "preempt-" + key + "-");
  if (!backend->works()) return nullptr;
  backend->kill_leftovers();
  return backend;
}

}  // namespace preemptd::drain
