#pragma once
#include "cli/command/command.h"
#include "config/config.h"
#include "core/clock.h"
#include "core/notice.h"
#include "core/result.h"

/// What `preemptctl drain`, `undo` and `at-shutdown` share: a notice of this machine's own goes the cloud's way,
/// through the notice file.
namespace preemptd::cli {

/// A notice that the cloud did not give: `source` is manual or shutdown.
core::Notice own_notice(core::Source source, core::Millis window, std::string reason, core::Identity identity);

/// Writes the notice file and sees that a drainer takes it up: preemptd or the path unit where one is at work, else
/// preempt-drain is started here, with this command's configuration. Needs root, as the hooks do.
core::Result<void> publish_by_hand(Context& context, const config::Config& config, const core::Notice& notice);

/// By when the drainer is through with it, whatever happens. An undo has the usual window, and so has a drain whose
/// time is past.
core::Deadline latest_end(const core::Notice& notice, core::Millis usual_window, core::BootTime now);

/// Tells the drain's journal line by line until the drain, or for a withdrawn notice its undo, is over.
Exit follow_drain(Context& context, const config::Config& config, const core::Notice& notice);

}  // namespace preemptd::cli
