#include "cli/hooks/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/identity.h"
#include "drain/hooks/contract.h"
#include "drain/process/process_table.h"
#include "drain/process/process_tree.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::Result;

constexpr std::size_t kSaidLimit = 64 * 1024;

bool anything_left_of(const std::string& notice_id) {
  const auto processes = drain::read_process_table();
  return std::any_of(processes.begin(), processes.end(), [&](const drain::ProcessInfo& process) {
    return !process.zombie() && drain::in_environment(process.pid, "PREEMPT_NOTICE_ID") == notice_id;
  });
}

std::string text_of(const std::string& path) {
  const auto text = sys::read_file(path, kSaidLimit);
  return text && *text ? **text : text ? "" : "(more than 64 KiB)";
}

}  // namespace

HookTrial::HookTrial(InterruptibleWait& patience, const drain::FoundHook& hook, std::unique_ptr<PrivateFolder> folder,
                     drain::Account account)
    : patience_(patience),
      hook_(hook),
      folder_(std::move(folder)),
      account_(std::move(account)),
      id_("hooks-check-" + std::to_string(::getpid())) {}

Result<std::unique_ptr<HookTrial>> HookTrial::open(InterruptibleWait& patience, const drain::FoundHook& hook) {
  const std::string& user = hook.spec.options.user;
  auto account = user.empty() ? Result<drain::Account>(drain::own_account()) : drain::find_account(user);
  if (!account) return tl::unexpected(account.error());
  auto folder = PrivateFolder::make("preempt-check");
  if (!folder) return tl::unexpected(folder.error());
  const std::string state = **folder / "state";
  if (auto made = sys::make_folders(state, 0700); !made) return tl::unexpected(made.error());
  const bool other = account->credentials.uid != ::geteuid();
  if (other && (::chmod((*folder)->path().c_str(), 0711) != 0 ||
                ::chown(state.c_str(), account->credentials.uid, account->credentials.gid) != 0))
    return core::fail_errno(errno, "cannot give the state folder to " + account->name, state);
  return std::unique_ptr<HookTrial>(new HookTrial(patience, hook, std::move(*folder), std::move(*account)));
}

core::Notice HookTrial::notice_for(const TrialCall& call) const {
  const auto& clock = core::system_clock();
  core::Notice notice;
  notice.id = id_;
  notice.state = call.argument == "undo" ? core::NoticeState::withdrawn : core::NoticeState::pending;
  notice.instance = {"i-hookscheck", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"};
  notice.sources = {core::Source::manual};
  notice.seen_at = clock.wall_now();
  notice.seen_at_boot = clock.boot_now();
  notice.termination_time = notice.seen_at + call.slot + core::Seconds(10);
  notice.exact = true;
  notice.deadline = notice.seen_at_boot + call.slot + core::Seconds(10);
  notice.boot_id = core::current_boot_id();
  notice.rehearsal = call.rehearsal;
  notice.reason = "preemptctl hooks check";
  return notice;
}

sys::SpawnRequest HookTrial::request_for(const TrialCall& call, const core::Notice& notice) const {
  const auto event = call.argument == "undo" ? drain::HookEvent::undo : drain::HookEvent::drain;
  const drain::HookCall contract{notice,
                                 event,
                                 hook_.spec.name,
                                 call.attempt,
                                 notice.seen_at + call.slot,
                                 notice.termination_time,
                                 call.slot,
                                 *folder_ / "state",
                                 account_};
  sys::SpawnRequest request;
  request.path = hook_.spec.path;
  request.argv = {hook_.spec.path, call.argument};
  request.env = drain::environment_of(contract);
  for (auto& variable : request.env)
    if (variable.starts_with("PREEMPT_EVENT=")) variable = "PREEMPT_EVENT=" + call.argument;
  if (!hook_.spec.options.user.empty()) request.run_as = account_.credentials;
  return request;
}

Result<sys::Child> HookTrial::start(const TrialCall& call) {
  const core::Notice notice = notice_for(call);
  auto request = request_for(call, notice);
  if (auto given = sys::write_file_atomically(*folder_ / "stdin", core::to_json_text(notice), 0644, sys::Durable::no);
      !given)
    return tl::unexpected(given.error());
  const auto open = [&](const char* name, int flags) {
    return sys::Fd(::open((*folder_ / name).c_str(), flags | O_CLOEXEC, 0600));
  };
  const sys::Fd in = open("stdin", O_RDONLY);
  const sys::Fd out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  const sys::Fd err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  request.stdin_fd = in.get(), request.stdout_fd = out.get(), request.stderr_fd = err.get();
  auto child = sys::spawn(request);
  if (!child) return tl::unexpected(sys::to_error(child.error(), request.path));
  return std::move(*child);
}

/// To its stop-by, then through its grace.
Result<void> HookTrial::watch(const sys::Child& child, core::Millis slot, TrialOutcome& outcome) {
  const auto over = [&] {
    const auto status = sys::try_wait(child);
    if (status) outcome.status = *status;
    return status.has_value();
  };
  const auto within = [&](core::Millis wait) {
    return patience_.until(core::Deadline::after(core::BootClock::now(), wait), over);
  };
  if (within(slot)) return {};
  const bool interrupted = patience_.interrupted();
  outcome.stopped = true;
  ::kill(-child.pid, SIGTERM);
  if (!interrupted && within(hook_.spec.options.grace)) return {};
  outcome.killed = true;
  ::kill(-child.pid, SIGKILL);
  within(core::Seconds(2));
  if (interrupted || patience_.interrupted()) return core::fail(core::ErrorCode::cancelled, "interrupted");
  return {};
}

Result<HookTrial::TrialOutcome> HookTrial::call(const TrialCall& call) {
  const auto begun = core::BootClock::now();
  const auto child = start(call);
  if (!child) return tl::unexpected(child.error());
  TrialOutcome outcome;
  const auto watched = watch(*child, call.slot, outcome);
  outcome.took = std::chrono::duration_cast<core::Millis>(core::BootClock::now() - begun);
  outcome.left_more = anything_left_of(id_);
  if (outcome.left_more) drain::kill_orphans_below(*folder_ / "state");
  if (!watched) return tl::unexpected(watched.error());
  outcome.said = text_of(*folder_ / "stdout") + text_of(*folder_ / "stderr");
  return outcome;
}

std::string HookTrial::state() const {
  std::vector<std::string> lines;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(*folder_ / "state", error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat file {};
    if (::lstat(entry->path().c_str(), &file) != 0) continue;
    lines.push_back(entry->path().string() + " " + std::to_string(file.st_size) + " " +
                    std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec));
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  return all;
}

}  // namespace preemptd::cli
