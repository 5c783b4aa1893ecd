#include "cli/hooks/found.h"

#include <algorithm>

#include "core/text.h"
#include "drain/journal/history.h"
#include "sys/resolved_path.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Result;

/// "20-kubernetes.sh" -> "kubernetes".
std::string bare_name(const std::string& name) {
  const auto dash = name.find('-');
  const bool numbered = dash != std::string::npos && dash > 0 && name.find_first_not_of("0123456789") == dash;
  const std::string rest = numbered ? name.substr(dash + 1) : name;
  return rest.substr(0, rest.find('.'));
}

}  // namespace

void declare_folders(Arguments& arguments, std::vector<std::string>& folders) {
  arguments.texts("--hooks", "DIR", folders, "Hooks from here instead of the configured folders");
}

Result<std::vector<std::string>> resolved_folders(const std::vector<std::string>& given) {
  std::vector<std::string> resolved;
  for (const auto& folder : given) {
    auto path = sys::resolved_path(folder);
    if (!path && path.error().code == ErrorCode::bad_input)
      return core::fail(ErrorCode::bad_input, "there is no such folder", folder);
    if (!path) return tl::unexpected(path.error());
    resolved.push_back(std::move(*path));
  }
  return resolved;
}

Result<drain::Discovery> find_hooks(const config::Config& config, const std::vector<std::string>& given,
                                    drain::GateMode gate) {
  drain::Search search{config.hooks.folders, config.hooks.defaults, config.hooks.by_name, gate};
  if (!given.empty()) {
    auto folders = resolved_folders(given);
    if (!folders) return tl::unexpected(folders.error());
    search.folders = std::move(*folders);
  }
  auto found = drain::discover(search);
  drain::predict(found, drain::read_history(config.paths.state));
  return found;
}

Result<drain::FoundHook> pick_hook(const drain::Discovery& found, const std::string& name) {
  std::vector<std::string> names;
  std::vector<const drain::FoundHook*> by_bare_name;
  for (const auto& hook : found.hooks) {
    if (hook.standing == drain::HookStatus::overridden) continue;
    if (hook.spec.name == name) return hook;
    if (bare_name(hook.spec.name) == name) by_bare_name.push_back(&hook);
    names.push_back(hook.spec.name);
    names.push_back(bare_name(hook.spec.name));
  }
  if (by_bare_name.size() == 1) return *by_bare_name.front();
  const auto near = core::nearest(name, names);
  return core::fail(ErrorCode::bad_input, "no hook \"" + core::printable(name, 80) + "\"" +
                                              (near ? ", did you mean " + *near + "?" : "; see preemptctl hooks list"));
}

Tone tone_of(drain::HookStatus standing) {
  switch (standing) {
    case drain::HookStatus::runs: return Tone::good;
    case drain::HookStatus::unsafe:
    case drain::HookStatus::unrunnable: return Tone::bad;
    case drain::HookStatus::masked:
    case drain::HookStatus::overridden:
    case drain::HookStatus::ignored: break;
  }
  return Tone::faint;
}

}  // namespace preemptd::cli
