#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "drain/process/process_table.h"
#include "drain/process/process_tree.h"

namespace preemptd::drain {
namespace {

constexpr std::string_view kStateDir = "PREEMPT_STATE_DIR";

using Identity = std::pair<pid_t, std::uint64_t>;
Identity identity(const ProcessInfo& process) {
  return {process.pid, process.start_time};
}

/// More passes than this would mean that something forks faster than /proc can be read.
constexpr int kMostPasses = 200;

/// Adds everything that descends from what is already in `members`.
void add_descendants(const std::vector<ProcessInfo>& table, std::set<pid_t>& members) {
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& process : table)
      if (members.count(process.parent) > 0) grew = members.insert(process.pid).second || grew;
  }
}

/// Kills what `select` picks from the table until a pass finds nothing it has not killed before: a process with SIGKILL
/// pending cannot fork any more.
template <typename Select>
void kill_until_none_new(Select select) {
  std::set<Identity> killed;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    bool found_new = false;
    for (const auto& process : select(read_process_table())) {
      if (process.zombie() || !killed.insert(identity(process)).second) continue;
      found_new = true;
      signal_process(process, SIGKILL);
    }
    if (!found_new) return;
  }
}

/// What the walk knows of all hooks at once.
struct Family {
  std::shared_ptr<std::set<pid_t>> roots;

  bool is_root(pid_t pid) const { return roots->count(pid) > 0; }

  /// True when every child is another running hook: as subreaper this process would have inherited whatever `root`
  /// left.
  bool only_running_hooks(pid_t root) const {
    const auto children = own_children();
    return children &&
           std::all_of(children->begin(), children->end(), [&](pid_t pid) { return pid != root && is_root(pid); });
  }

  /// As subreaper this process inherits every orphan of its hooks, and must reap them.
  void reap_orphans(const std::vector<ProcessInfo>& table) const {
    for (const auto& process : table)
      if (process.parent == ::getpid() && process.zombie() && !is_root(process.pid)) {
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED | WNOHANG);
      }
  }
};

class WalkTree final : public ProcessTree {
 public:
  WalkTree(std::shared_ptr<Family> family, const std::string& state_folder)
      : family_(std::move(family)), state_folder_(state_folder) {}
  ~WalkTree() override { family_->roots->erase(root_); }

  void set_root(pid_t pid) override {
    root_ = pid;
    family_->roots->insert(pid);
  }

  void terminate() override {
    for (const int number : {SIGTERM, SIGCONT})
      for (const auto& process : members(read_process_table())) signal_process(process, number);
  }

  void kill() override {
    if (family_->only_running_hooks(root_)) return;
    kill_until_none_new([this](const std::vector<ProcessInfo>& table) { return members(table); });
    family_->reap_orphans(read_process_table());
  }

 private:
  std::vector<ProcessInfo> members(const std::vector<ProcessInfo>& table) const {
    std::set<pid_t> mine{root_};
    for (const auto& process : table) {
      const bool orphan = process.parent == ::getpid() && !family_->is_root(process.pid);
      if (process.session == root_ || (orphan && in_environment(process.pid, kStateDir) == state_folder_))
        mine.insert(process.pid);
    }
    add_descendants(table, mine);
    std::vector<ProcessInfo> out;
    for (const auto& process : table)
      if (mine.count(process.pid) > 0) out.push_back(process);
    return out;
  }

  std::shared_ptr<Family> family_;
  std::string state_folder_;
  pid_t root_ = -1;
};

class WalkBackend final : public KillBackend {
 public:
  explicit WalkBackend(std::shared_ptr<std::set<pid_t>> roots)
      : family_(std::make_shared<Family>(Family{std::move(roots)})) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }

  std::string_view name() const override { return "walk"; }

  std::unique_ptr<ProcessTree> tree(const std::string&, const std::string& state_folder) override {
    return std::make_unique<WalkTree>(family_, state_folder);
  }

  void kill_strays() override {
    if (family_->only_running_hooks(-1)) return;
    kill_until_none_new([](const std::vector<ProcessInfo>& table) {
      std::set<pid_t> mine{::getpid()};
      add_descendants(table, mine);
      mine.erase(::getpid());
      std::vector<ProcessInfo> out;
      for (const auto& process : table)
        if (mine.count(process.pid) > 0) out.push_back(process);
      return out;
    });
    family_->reap_orphans(read_process_table());
  }

 private:
  std::shared_ptr<Family> family_;
};

}  // namespace

void kill_orphans_below(const std::string& folder) {
  const auto is_orphan = [&](const ProcessInfo& process) {
    const auto own = in_environment(process.pid, kStateDir);
    return own && (*own + "/").starts_with(folder + "/") && same_path_for(process.pid, *own);
  };
  kill_until_none_new([&](const std::vector<ProcessInfo>& table) {
    std::vector<ProcessInfo> out;
    for (const auto& process : table)
      if (process.pid != ::getpid() && is_orphan(process)) out.push_back(process);
    return out;
  });
}

std::unique_ptr<KillBackend> make_walk_backend(std::shared_ptr<std::set<pid_t>> roots) {
  return std::make_unique<WalkBackend>(std::move(roots));
}

}  // namespace preemptd::drain
