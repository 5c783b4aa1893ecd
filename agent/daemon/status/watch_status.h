#pragma once
#include "daemon/sources/watcher.h"
#include "daemon/status/status_file.h"

namespace preemptd::daemon {

/// Fills in what the watch knows: instance, sources, key, clock, blindness, notice. For the loop's thread.
void describe(const Watcher& watcher, core::BootTime now, Status& status);

}  // namespace preemptd::daemon
