#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/command/command.h"
#include "config/load.h"
#include "core/result.h"

namespace preemptd::cli {

/// What --config, --set and the environment of this command line ask for.
config::LoadRequest load_request(const Common& common);

/// The same for a program of ours that is started by this command.
std::vector<std::string> configuration_arguments(const Common& common);
std::vector<std::string> configuration_environment();

/// The file that --config names cannot be read, or a --set is wrong. preemptd would not start with it, either.
std::optional<core::Error> unusable_configuration(const Common& common);

/// The agent's configuration as far as it is right. Its problems are said as warnings: a command that only looks must
/// not fail because of a misspelt key elsewhere.
config::Loaded load_settings(Context& context);

}  // namespace preemptd::cli
