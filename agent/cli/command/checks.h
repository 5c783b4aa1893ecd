#pragma once
#include <string>
#include <vector>

#include "cli/command/command.h"
#include "config/load.h"
#include "core/clock.h"

/// What `preemptctl doctor` looks at. Each look is one function that gives its findings; none changes anything.
namespace preemptd::cli {

enum class Finding { ok, warn, fail };
std::string_view name_of(Finding finding);

struct CheckResult {
  std::string name;  ///< stable: "metadata", "hooks"
  Finding finding = Finding::ok;
  std::string what;    ///< what was seen
  std::string advice;  ///< what to do; empty when nothing
};

/// The list for people and programs; `verdict` names the document's member that says whether nothing failed.
Exit show_checks(Context& context, const std::vector<CheckResult>& checks, const char* verdict);

/// What can be known in an image, before there is an instance.
std::vector<CheckResult> check_configuration(const config::Loaded& loaded);
std::vector<CheckResult> check_hooks(const config::Config& config);
std::vector<CheckResult> check_folders(const config::Config& config);
/// `bake`: in an image build no unit runs.
std::vector<CheckResult> check_units(bool bake);
std::vector<CheckResult> check_rehearsal(const config::Config& config, core::WallTime now);
/// What hooks of a drain left outside their state folders, so that an image made now would have it. A look that fails
/// or hangs is a warning.
std::vector<CheckResult> check_leftovers(const config::Config& config);

/// What needs the instance: platform, route, metadata service, role, API, clock, sinks, the agent itself.
std::vector<CheckResult> check_cloud(const config::Config& config);
std::vector<CheckResult> check_sinks(const config::Config& config);
std::vector<CheckResult> check_agent(const config::Config& config);

/// The network interface /proc/net/route sends an IPv4 address through; empty: none. Pure.
std::string interface_for(std::string_view route_table, std::uint32_t address);

/// Remembers that the hooks of this machine were rehearsed; what cannot be written is no matter.
void remember_rehearsal(const config::Config& config, bool passed, const std::string& hooks_digest);

}  // namespace preemptd::cli
