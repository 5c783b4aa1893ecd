#pragma once
#include "simulator/api/api_error.h"

namespace preemptd::simulator {

/// What a single call with DryRun=true says when it would have worked: an error, as the documentation has it.
[[nodiscard]] inline tl::unexpected<ApiError> dry_run_passed() {
  return deny(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.");
}

/// The same of a batch call.
[[nodiscard]] inline tl::unexpected<ApiError> batch_dry_run_passed() {
  return deny(400, "DRYRUN.SUCCESS", "Request validation has been passed with DryRun flag set.");
}

}  // namespace preemptd::simulator
