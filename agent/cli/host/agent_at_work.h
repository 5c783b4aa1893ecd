#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/json.h"
#include "core/result.h"

/// The agent of this machine, as its status file tells (docs/reference/status-file.md).
namespace preemptd::cli {

/// bad_input when preemptd has not run since the machine started; else why the file cannot be read.
core::Result<core::Json> read_status(const std::string& run_folder);

/// Whether the process that wrote the status is still there. The pid may have been given to somebody else since.
bool is_running(const core::Json& status);

}  // namespace preemptd::cli
