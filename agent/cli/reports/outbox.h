#pragma once
#include <string>

#include "config/config.h"
#include "core/result.h"
#include "report/outbox/outbox_files.h"

namespace preemptd::cli {

/// What lies in <state>/outbox, without touching it. Needs to be its owner (preemptd's user) or root.
core::Result<report::StoredOutbox> read_outbox(const config::Config& config);

/// The report with this event id or number, owed or sent. bad_input with the nearest id.
core::Result<report::StoredReport> find_report(const config::Config& config, const std::string& id);

}  // namespace preemptd::cli
