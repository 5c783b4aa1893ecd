#include "daemon/drains/drain_readiness.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "core/result.h"
#include "sys/child.h"
#include "sys/programs.h"

namespace preemptd::daemon {
namespace {

constexpr int kPatienceMs = 5000;
/// systemctl(1): the unit is not active.
constexpr int kInactive = 3;

/// Exit code of `systemctl --quiet is-active UNIT`; nothing: no answer.
std::optional<int> is_active(const char* unit) {
  const auto systemctl = sys::find_program("systemctl");
  if (!systemctl) return std::nullopt;
  sys::SpawnRequest request;
  request.path = *systemctl;
  request.argv = {"systemctl", "--quiet", "is-active", unit};
  request.env = {"PATH=/usr/bin:/bin"};
  const auto child = sys::spawn(request);
  if (!child) return std::nullopt;
  pollfd over{child->pidfd.get(), POLLIN, 0};
  if (::poll(&over, 1, kPatienceMs) != 1) ::syscall(SYS_pidfd_send_signal, child->pidfd.get(), SIGKILL, nullptr, 0);
  ::poll(&over, 1, kPatienceMs);
  const auto status = sys::try_wait(*child);
  if (!status || status->signal != 0 || !status->known()) return std::nullopt;
  return status->code;
}

bool is_masked(const std::string& unit) {
  for (const char* folder : {"/etc/systemd/system/", "/run/systemd/system/"}) {
    std::error_code failed;
    if (std::filesystem::read_symlink(folder + unit, failed) == "/dev/null") return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> why_no_drain_would_start() {
  if (const auto program = sys::find_program("preempt-drain"); !program) return core::describe(program.error());
  if (is_masked("preemptd-drain.service"))
    return "preemptd-drain.service is masked, so no drain can start (systemctl unmask preemptd-drain.service)";
  if (is_active("preemptd-drain.path") == kInactive)
    return "preemptd-drain.path is not active, so nobody would start a drain (systemctl enable --now "
           "preemptd-drain.path)";
  return std::nullopt;
}

}  // namespace preemptd::daemon
