#pragma once
#include "cli/command.h"
#include "config/config.h"
#include "core/notice.h"
#include "core/result.h"

/// What `preemptctl drain` and `undo` share: an operator's notice goes the cloud's way, through the notice file.
namespace preemptd::cli {

/// Writes the notice file and sees that a drainer takes it up: preemptd or the path unit where one is at work, else
/// preempt-drain is started here, with this command's configuration. Needs root, as the hooks do.
core::Result<void> publish_by_hand(Context& context, const config::Config& config, const core::Notice& notice);

/// Tells the drain's journal line by line until the drain, or for a withdrawn notice its undo, is over.
Exit follow_drain(Context& context, const config::Config& config, const core::Notice& notice);

}  // namespace preemptd::cli
