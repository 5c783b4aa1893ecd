#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "cli/command/checks.h"
#include "cli/hooks/found.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "drain/plan/plan.h"
#include "sys/child.h"
#include "sys/files.h"

#include <poll.h>

namespace preemptd::cli {
namespace {

constexpr std::uint64_t kLittleSpace = 16ULL * 1024 * 1024;
/// systemctl(1): the unit is not active.
constexpr int kInactive = 3;
constexpr auto kLongAgo = std::chrono::hours(24 * 30);

std::string rehearsal_file(const config::Config& config) {
  return config.paths.state + "/last-rehearsal.json";
}

CheckResult check_folder(const std::string& name, const std::string& path) {
  struct statvfs file_system {};
  if (::statvfs(path.c_str(), &file_system) != 0) {
    if (errno == EACCES) return {name, Finding::warn, path + " is not readable by this user", "run this as root"};
    return {name, Finding::warn, path + " is not there",
            "it is made when preemptd starts; if that fails, its log says why"};
  }
  if ((file_system.f_flag & ST_RDONLY) != 0)
    return {name, Finding::fail, path + " is on a read-only file system", "drains run, but leave no record there"};
  const std::uint64_t left = static_cast<std::uint64_t>(file_system.f_bavail) * file_system.f_frsize;
  if (left < kLittleSpace)
    return {name, Finding::fail, path + " has only " + std::to_string(left / 1024) + " KiB left",
            "free some space: records and reports need it"};
  return {name, Finding::ok, path + " is writable, " + std::to_string(left / 1024 / 1024) + " MiB left", ""};
}

/// Exit code of `systemctl --quiet VERB UNIT`; -1: no answer.
int systemctl(const char* verb, const char* unit) {
  sys::SpawnRequest request;
  request.path = "/usr/bin/systemctl";
  request.argv = {"systemctl", "--quiet", verb, unit};
  request.env = {"PATH=/usr/bin:/bin"};
  const auto child = sys::spawn(request);
  if (!child) return -1;
  pollfd over{child->pidfd.get(), POLLIN, 0};
  if (::poll(&over, 1, 5000) != 1) return -1;
  const auto status = sys::try_wait(*child);
  return status ? status->code : -1;
}

}  // namespace

std::vector<CheckResult> check_configuration(const config::Loaded& loaded) {
  std::vector<CheckResult> checks;
  for (const auto& problem : loaded.problems)
    checks.push_back(
        {"configuration", Finding::fail, core::describe(problem), "fix it: until then preemptd ignores this setting"});
  for (const auto& warning : loaded.warnings) checks.push_back({"configuration", Finding::warn, warning, ""});
  if (checks.empty())
    checks.push_back(
        {"configuration", Finding::ok, loaded.files.empty() ? "no file, all defaults" : loaded.files.front(), ""});
  return checks;
}

std::vector<CheckResult> check_hooks(const config::Config& config) {
  const auto found = find_hooks(config, {}, drain::GateMode::real);
  if (!found) return {{"hooks", Finding::fail, core::describe(found.error()), ""}};
  std::vector<CheckResult> checks;
  for (const auto& folder : found->unread)
    checks.push_back({"hooks", Finding::fail, core::printable(folder.why, 400), "its hooks are not known"});
  for (const auto& hook : found->hooks) {
    const bool broken = hook.standing == drain::HookStatus::unsafe || hook.standing == drain::HookStatus::unrunnable;
    if (broken)
      checks.push_back({"hooks", Finding::fail, core::printable(hook.spec.name + " will not run: " + hook.reason, 400),
                        "preemptctl hooks lint"});
  }
  const auto hooks = found->called_on_drain();
  if (hooks.empty()) {
    const auto why = found->warnings.empty() ? "" : ": " + core::printable(found->warnings.front(), 400);
    checks.push_back(
        {"hooks", Finding::warn, "no hook would run" + why, "preemptctl hooks enable NAME, or hooks new NAME"});
    return checks;
  }
  const auto now = core::system_clock().boot_now();
  const drain::Limits limits{config.drain.report_reserve, config.drain.parallel, 1};
  const auto plan = drain::plan(hooks, limits, core::Deadline::after(now, config.drain.window), now);
  checks.push_back({"plan", plan.fits() ? Finding::ok : Finding::fail,
                    std::to_string(hooks.size()) + " to run; " + drain::verdict(plan),
                    plan.fits() ? "" : "preemptctl hooks plan shows which to shorten"});
  return checks;
}

std::vector<CheckResult> check_folders(const config::Config& config) {
  return {check_folder("state", config.paths.state)};
}

std::vector<CheckResult> check_units(bool bake) {
  if (::access("/run/systemd/system", F_OK) != 0 && ::access("/lib/systemd/system/preemptd.service", F_OK) != 0) {
    return {{"units", Finding::warn, "systemd is missing",
             "have your service manager start preemptd --set drain.start=always as root"}};
  }
  std::vector<CheckResult> checks;
  for (const char* unit : {"preemptd.service", "preemptd-drain.path"}) {
    const bool enabled = systemctl("is-enabled", unit) == 0;
    checks.push_back({"units", enabled ? Finding::ok : Finding::fail,
                      std::string(unit) + (enabled ? " is enabled" : " is not enabled"),
                      enabled ? "" : std::string("systemctl enable --now ") + unit});
    const int active = bake ? 0 : systemctl("is-active", unit);
    if (active == kInactive)
      checks.push_back({"units", Finding::fail,
                        std::string(unit) + " is not active" +
                            (std::string_view(unit).ends_with(".path") ? ": nobody would start a drain" : ""),
                        std::string("systemctl start ") + unit});
  }
  if (systemctl("is-enabled", "preemptd-shutdown.service") != 0)
    checks.push_back({"units", Finding::warn, "preemptd-shutdown.service is not enabled: a shutdown waits for no drain",
                      "systemctl enable --now preemptd-shutdown.service"});
  return checks;
}

std::vector<CheckResult> check_rehearsal(const config::Config& config, core::WallTime now) {
  const auto text = sys::read_file(rehearsal_file(config), 64 * 1024);
  const auto json = text && *text ? core::parse_json(**text) : core::Result<Json>(tl::unexpected(core::Error{}));
  const auto at = json ? core::parse_utc(core::string_at(*json, "at").value_or("")) : std::nullopt;
  const std::string how = "preemptctl rehearse";
  if (!at) return {{"rehearsal", Finding::warn, "these hooks were never rehearsed here", how}};
  const std::string ago = spoken((now - *at).count()) + " ago";
  if (!core::bool_at(*json, "passed").value_or(false))
    return {{"rehearsal", Finding::fail, "the last rehearsal, " + ago + ", failed", how}};
  const auto found = find_hooks(config, {}, drain::GateMode::real);
  if (found && found->digest() != core::string_at(*json, "hooks").value_or(""))
    return {{"rehearsal", Finding::warn, "the hooks have changed since the last rehearsal, " + ago, how}};
  if (now - *at > kLongAgo) return {{"rehearsal", Finding::warn, "the last rehearsal was " + ago, how}};
  return {{"rehearsal", Finding::ok, "passed " + ago, ""}};
}

void remember_rehearsal(const config::Config& config, bool passed, const std::string& hooks_digest) {
  const Json json{
      {"at", core::format_utc(core::system_clock().wall_now())}, {"passed", passed}, {"hooks", hooks_digest}};
  [[maybe_unused]] const auto written =
      sys::write_file_atomically(rehearsal_file(config), core::dump_json_pretty(json), 0644, sys::Durable::no);
}

}  // namespace preemptd::cli
