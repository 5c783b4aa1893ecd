#include "rig.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "core/identity.h"
#include "core/text.h"
#include "drain/process/process_table.h"
#include "drain/process/process_tree.h"
#include "sys/files.h"

namespace preemptd::tests {
namespace {

std::string text_of(const std::string& path, std::size_t limit = 64 * 1024 * 1024) {
  const auto text = sys::read_file(path, limit);
  return text && *text ? **text : "";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

void poll_until(const std::function<bool()>& done) {
  for (int i = 0; i < 2000 && !done(); ++i) ::poll(nullptr, 0, 5);
}

}  // namespace

const char* name_of(Kill kill) {
  return kill == Kill::cgroup ? "cgroup" : "walk";
}

std::vector<Kill> kill_backends() {
  static const bool cgroups = drain::make_cgroup_backend("test-probe") != nullptr;
  if (!cgroups) return {Kill::walk};
  return {Kill::cgroup, Kill::walk};
}

/// Leaks cannot be looked for in a program that is traced already.
std::vector<std::string> under_strace(const std::vector<std::string>& options) {
  std::vector<std::string> wrapper{
      "/bin/sh", "-c",       "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 exec \"$@\"", "sh", "/usr/bin/strace", "-qq",
      "-o",      "/dev/null"};
  wrapper.insert(wrapper.end(), options.begin(), options.end());
  return wrapper;
}

Rig::Rig() {
  static int count = 0;
  token_ = "98765" + std::to_string(::getpid()) + "." + std::to_string(++count);
  for (const auto* name : {"run", "state", "hooks"}) REQUIRE(sys::make_folders(folder_ / name, 0755));
  notice.id = "notice-1";
  notice.instance = {"i-1", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"};
  notice.sources = {core::Source::metadata};
  notice.boot_id = core::current_boot_id();
  set_window(core::Seconds(60));
}

Rig::~Rig() {
  if (child_) kill_drainer();
  poll_until([this] { return survivors().empty(); });
  CHECK(survivors().empty());
  for (const pid_t pid : survivors()) ::kill(pid, SIGKILL);
}

void Rig::set_window(core::Millis left) {
  notice.seen_at = core::system_clock().wall_now();
  notice.seen_at_boot = core::BootClock::now();
  notice.termination_time = notice.seen_at + left;
  notice.deadline = std::chrono::floor<core::Millis>(notice.seen_at_boot.time_since_epoch()) + core::BootTime() + left;
}

void Rig::hook(const std::string& name, const std::string& body, const std::string& header) {
  const std::string options = header.empty() ? "" : "# preemptd: " + header + "\n";
  const std::string mark = "mark() { echo \"$*\" >> " + (folder_ / "marks") + "; }\n";
  const std::string text = "#!/bin/sh\n" + options + mark + replaced(body, "TOKEN", token_) + "\n";
  REQUIRE(sys::write_file_atomically(hooks() + "/" + name, text, 0755, sys::Durable::no));
}

void Rig::write_notice() {
  REQUIRE(sys::write_file_atomically(folder_ / "run/notice.json", core::to_json_text(notice), 0644, sys::Durable::no));
}

void Rig::kill_by(Kill kill) {
  if (kill == Kill::cgroup || kill_backends().size() == 1) return;
  wrapper = {"/usr/bin/unshare",
             "--mount",
             "/bin/sh",
             "-c",
             "umount -l \"$(findmnt -nt cgroup2 -o TARGET | head -n 1)\" && exec \"$@\"",
             "sh"};
}

void Rig::start() {
  write_notice();
  sys::SpawnRequest request;
  request.argv = wrapper;
  for (const std::string& argument :
       {std::string(PREEMPT_DRAIN), std::string("--set"), "paths.run=" + (folder_ / "run"), std::string("--set"),
        "paths.state=" + (folder_ / "state"), std::string("--set"), "hooks.folders=" + hooks()})
    request.argv.push_back(argument);
  for (const auto& setting : settings) request.argv.insert(request.argv.end(), {"--set", setting});
  request.path = request.argv[0];
  request.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  const sys::Fd log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  request.stderr_fd = log.get();
  request.stdout_fd = log.get();
  auto child = sys::spawn(request);
  REQUIRE(child);
  child_ = std::move(*child);
}

sys::ExitStatus Rig::wait() {
  REQUIRE(child_);
  pollfd over{child_->pidfd.get(), POLLIN, 0};
  const bool ended = ::poll(&over, 1, 30'000) == 1;
  if (!ended) MESSAGE(log());
  REQUIRE(ended);
  const auto status = sys::try_wait(*child_);
  child_.reset();
  record_.reset();
  REQUIRE(status);
  return *status;
}

sys::ExitStatus Rig::run() {
  start();
  return wait();
}

void Rig::kill_drainer() {
  ::kill(child_->pid, SIGKILL);
  wait();
}

drain::Record Rig::record() const {
  const auto record = drain::read_record(drain::drain_folder(folder_ / "state", notice.id));
  if (!record || !*record) MESSAGE(log());
  REQUIRE(record);
  REQUIRE(*record);
  return **record;
}

const drain::HookRecord& Rig::hook_record(const std::string& name) {
  if (!record_) record_ = record();
  const auto found = std::find_if(record_->hooks.begin(), record_->hooks.end(),
                                  [&](const auto& h) { return h.plan.hook.name == name; });
  REQUIRE(found != record_->hooks.end());
  return *found;
}

std::string Rig::outcome(const std::string& name) {
  const auto& outcome = hook_record(name).outcome;
  return outcome ? std::string(drain::name_of(outcome->ending)) : "none";
}

std::string Rig::marks() const {
  std::string text = text_of(folder_ / "marks");
  if (!text.empty()) text.pop_back();
  return replaced(std::move(text), "\n", ", ");
}

bool Rig::wait_for_mark(const std::string& text) const {
  const auto there = [&] { return (", " + marks() + ", ").find(", " + text + ", ") != std::string::npos; };
  poll_until(there);
  return there();
}

std::string Rig::log() const {
  return text_of(folder_ / "log");
}

bool Rig::wait_for_log(const std::string& text) const {
  const auto there = [&] { return log().find(text) != std::string::npos; };
  poll_until(there);
  return there();
}

std::vector<pid_t> Rig::survivors() const {
  std::vector<pid_t> alive;
  for (const auto& process : drain::read_process_table())
    if (!process.zombie() &&
        text_of("/proc/" + std::to_string(process.pid) + "/cmdline").find(token_) != std::string::npos)
      alive.push_back(process.pid);
  return alive;
}

}  // namespace preemptd::tests
