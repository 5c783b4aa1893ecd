#include "node/service_account.h"

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>

#include "sys/child.h"

namespace preemptd::node {
namespace {

constexpr const char* kUser = "preemptd";
constexpr int kPatienceMs = 2000;

std::optional<sys::Credentials> service_account() {
  const passwd* user = ::getpwnam(kUser);
  if (user == nullptr) return std::nullopt;
  sys::Credentials account{user->pw_uid, user->pw_gid, {}};
  int count = 32;
  account.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(kUser, user->pw_gid, account.groups.data(), &count) < 0) count = 0;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

/// Nothing: it cannot be found out.
std::optional<bool> readable_for(const sys::Credentials& account, const std::string& path) {
  sys::SpawnRequest request;
  request.path = "/usr/bin/test";
  request.argv = {"test", "-r", path};
  request.run_as = account;
  const auto child = sys::spawn(request);
  if (!child) return std::nullopt;
  pollfd over{child->pidfd.get(), POLLIN, 0};
  const bool in_time = ::poll(&over, 1, kPatienceMs) == 1;
  if (!in_time) ::syscall(SYS_pidfd_send_signal, child->pidfd.get(), SIGKILL, nullptr, 0);
  const auto status = in_time ? sys::try_wait(*child) : std::nullopt;
  if (!status || status->signal != 0 || status->code > 1) return std::nullopt;
  return status->code == 0;
}

/// What the unit hides from the service whatever the modes say (ProtectHome=, PrivateTmp=).
bool hidden_by_the_unit(const std::string& path) {
  for (const char* folder : {"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"})
    if (path.starts_with(folder)) return true;
  return false;
}

}  // namespace

std::vector<core::Error> secrets_out_of_reach(const config::Config& config) {
  std::vector<core::Error> errors;
  const auto account = ::geteuid() == 0 ? service_account() : std::nullopt;
  if (!account) return errors;
  for (const auto& sink : config.sinks) {
    if (!sink.enabled) continue;
    for (const auto& file : {sink.url_file, sink.secret_file, sink.token_file, sink.template_file}) {
      if (!file.starts_with('/') || ::access(file.c_str(), R_OK) != 0) continue;
      if (hidden_by_the_unit(file))
        errors.push_back(
            {core::ErrorCode::denied,
             "[sink." + sink.name + "] preemptd.service does not see files there (ProtectHome=, PrivateTmp=)", file});
      else if (readable_for(*account, file) == false)
        errors.push_back({core::ErrorCode::denied,
                          "[sink." + sink.name + "] the user preemptd, as which the service runs, cannot read it",
                          file});
    }
  }
  return errors;
}

}  // namespace preemptd::node
