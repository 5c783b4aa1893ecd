#include "daemon/drains/drain_starter.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "core/text.h"
#include "sys/child.h"
#include "sys/files.h"

extern char** environ;

namespace preemptd::daemon {
namespace {

constexpr core::Millis kRetry{500};
/// A drain may end a little after its deadline (grace, record); then nothing is started any more.
constexpr core::Millis kAfterDeadline = std::chrono::minutes(10);

/// The drainer named in the lock file, if it still runs. The name guards against a pid used again.
std::optional<pid_t> running_drainer(const std::string& lock_file) {
  const auto text = sys::read_file(lock_file, 64);
  if (!text || !*text) return std::nullopt;
  const std::string_view digits = core::trim(**text);
  pid_t pid = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  if (read.ec != std::errc{} || pid <= 1) return std::nullopt;
  const auto name = sys::read_file("/proc/" + std::to_string(pid) + "/comm", 64);
  if (!name || !*name || core::trim(**name) != "preempt-drain") return std::nullopt;
  return pid;
}

/// What the drainer may know of our environment: its configuration, never our keys or the places we report to.
std::vector<std::string> environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const bool configuration = text.starts_with("PREEMPTD_") && !text.starts_with("PREEMPTD_SINK_");
    if (configuration || text.starts_with("PATH=") || text.starts_with("JOURNAL_STREAM=")) kept.emplace_back(text);
  }
  return kept;
}

/// True when the drainer said by its exit code that nothing is left to do. Of one that an earlier preemptd started
/// nothing is known: it is not our child.
bool says_all_is_done(int pidfd) {
  siginfo_t info{};
  const bool ours = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0;
  return ours && info.si_code == CLD_EXITED && info.si_status == 0;
}

}  // namespace

DrainStarter::DrainStarter(sys::Loop& loop, Settings settings, Finished finished, Failed failed)
    : loop_(loop), settings_(std::move(settings)), finished_(std::move(finished)), failed_(std::move(failed)) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // a detached drainer becomes our child again: its exit code can be read
}

void DrainStarter::see_to(const core::Notice& notice) {
  give_up_ = core::Deadline(std::max(notice.deadline, core::BootClock::now()) + kAfterDeadline);
  if (drainer_) {
    looking_again_ = true;
    return;
  }
  if (const auto pid = running_drainer(settings_.lock_file)) return follow(*pid);
  start();
}

void DrainStarter::start() {
  retry_.reset();
  sys::SpawnRequest request;
  request.path = settings_.program;
  request.argv = {settings_.program};
  request.argv.insert(request.argv.end(), settings_.arguments.begin(), settings_.arguments.end());
  request.env = environment();
  request.stdout_fd = STDERR_FILENO;
  request.stderr_fd = STDERR_FILENO;
  const auto pid = sys::spawn_detached(request);
  if (pid) return follow(*pid);
  failed_(sys::to_error(pid.error(), settings_.program));
  retry();
}

void DrainStarter::follow(pid_t pid) {
  drainer_ = sys::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!drainer_) return retry();  // over already, or a kernel without pidfd: then the retry looks
  exit_ = loop_.watch(drainer_.get(), POLLIN, [this](short) { on_exit(); });
}

void DrainStarter::on_exit() {
  const bool done = says_all_is_done(drainer_.get());
  exit_.reset();
  drainer_ = sys::Fd();
  if (std::exchange(looking_again_, false)) return start();
  if (!done) retry();  // its word counts: where the disk is full the journal cannot say that the drain is over
}

/// The journal may be a moment behind the exit, so the look is not at once.
void DrainStarter::retry() {
  retry_ = loop_.after(kRetry, [this] {
    if (finished_() || give_up_.passed(core::BootClock::now())) return;
    if (const auto pid = running_drainer(settings_.lock_file)) return follow(*pid);
    start();
  });
}

}  // namespace preemptd::daemon
