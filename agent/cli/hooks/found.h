#pragma once
#include <string>
#include <vector>

#include "cli/command/command.h"
#include "config/config.h"
#include "core/result.h"
#include "drain/hooks/discovery.h"

/// What the hook commands share: where hooks are looked for, and by which gate.
namespace preemptd::cli {

/// `--hooks`, for every command that looks at hooks: these folders instead of the configured ones.
void declare_folders(Arguments& arguments, std::vector<std::string>& folders);

/// Absolute and without links, as discovery wants them; bad_input names the one that is not there.
core::Result<std::vector<std::string>> resolved_folders(const std::vector<std::string>& given);

/// Looks as a drain with this configuration would; `given` folders replace the configured ones.
core::Result<drain::Discovery> find_hooks(const config::Config& config, const std::vector<std::string>& given,
                                          drain::GateMode gate);

/// The hook of that name, or of that name without number and extension when only one fits. not found: bad_input with
/// the nearest name.
core::Result<drain::FoundHook> pick_hook(const drain::Discovery& found, const std::string& name);

Tone tone_of(drain::HookStatus standing);

}  // namespace preemptd::cli
