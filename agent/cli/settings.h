#pragma once
#include "cli/command.h"
#include "config/load.h"
#include "core/result.h"

namespace preemptd::cli {

/// What --config, --set and the environment of this command line ask for.
config::LoadRequest load_request(const Common& common);

/// The agent's configuration as far as it is right. Its problems are said as warnings: a command that only looks must
/// not fail because of a misspelt key elsewhere.
config::Loaded load_settings(Context& context);

}  // namespace preemptd::cli
