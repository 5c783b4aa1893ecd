#include "cli/host/child_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>

#include "core/text.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr core::Millis kPolite{500};
constexpr core::Millis kImpolite{2000};

void send(const sys::Child& child, int number) {
  ::syscall(SYS_pidfd_send_signal, child.pidfd.get(), number, nullptr, 0);
}

/// Orphans of our children became ours; of an orphan killed, its own children do next.
std::vector<pid_t> own_children() {
  std::vector<pid_t> pids;
  const auto self = std::to_string(::getpid());
  const auto text = sys::read_file("/proc/" + self + "/task/" + self + "/children", 256 * 1024);
  if (!text || !*text) return pids;
  for (const auto word : core::split(core::trim(**text), ' ')) {
    pid_t pid = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), pid).ec == std::errc{} && pid > 1) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

ChildProcesses::ChildProcesses() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

core::Result<void> ChildProcesses::start(const std::string& name, const std::string& program,
                                         const std::vector<std::string>& arguments, const std::string& log_file,
                                         const std::vector<std::string>& environment) {
  const sys::Fd log(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return core::fail_errno(errno, "cannot open", log_file);
  const char* path = std::getenv("PATH");
  sys::SpawnRequest request;
  request.path = program;
  request.argv = {program};
  request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
  request.env = environment;
  if (path != nullptr) request.env.push_back(std::string("PATH=") + path);
  request.stdout_fd = request.stderr_fd = log.get();
  request.die_with_parent = true;
  auto child = sys::spawn(request);
  if (!child) return tl::unexpected(sys::to_error(child.error(), program));
  children_[name] = std::move(*child);
  return {};
}

bool ChildProcesses::running(const std::string& name) {
  const auto found = children_.find(name);
  if (found == children_.end()) return false;
  if (!sys::try_wait(found->second)) return true;
  children_.erase(found);
  return false;
}

void ChildProcesses::signal(const std::string& name, int number) {
  if (running(name)) send(children_[name], number);
}

void ChildProcesses::kill(const std::string& name) {
  if (!running(name)) return;
  send(children_[name], SIGKILL);
  pollfd over{children_[name].pidfd.get(), POLLIN, 0};
  ::poll(&over, 1, static_cast<int>(kImpolite.count()));
  running(name);
}

bool ChildProcesses::wait_for_all(core::Millis most) {
  const auto by = core::Deadline::after(core::BootClock::now(), most);
  while (!children_.empty() && !by.passed(core::BootClock::now())) {
    auto& child = children_.begin()->second;
    pollfd over{child.pidfd.get(), POLLIN, 0};
    ::poll(&over, 1, static_cast<int>(by.left(core::BootClock::now()).count()));
    running(std::string(children_.begin()->first));
  }
  return children_.empty();
}

void ChildProcesses::end_all() {
  for (auto& [name, child] : children_) send(child, SIGTERM);
  wait_for_all(kPolite);
  for (auto& [name, child] : children_) send(child, SIGKILL);
  wait_for_all(kImpolite);
  const auto by = core::Deadline::after(core::BootClock::now(), kImpolite);
  for (auto orphans = own_children(); !orphans.empty() && !by.passed(core::BootClock::now());
       orphans = own_children()) {
    for (const auto pid : orphans) ::kill(pid, SIGKILL);
    ::waitpid(orphans.front(), nullptr, 0);
  }
}

}  // namespace preemptd::cli
