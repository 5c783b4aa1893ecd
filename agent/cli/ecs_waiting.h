#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/ecs_session.h"
#include "ecs/lifecycle/lifecycle.h"

namespace preemptd::cli {

/// Shows on a terminal how a workflow goes on.
ecs::Telling telling(CloudSession& session);

/// "2 Running, 1 Pending", "1 unknown": how many are where.
std::string statuses_text(const ecs::Statuses& now);

/// Waits for `status` ("" = gone) with progress, says how it ended, and answers ok, timed_out, or not_found for ones that
/// vanished.
Exit wait_and_tell(CloudSession& session, const std::vector<std::string>& ids, const std::string& status);
Exit tell_wait(CloudSession& session, const ecs::WaitOutcome& outcome);

/// Waits until every snapshot is accomplished; what stopped it otherwise.
std::optional<ecs::Failure> wait_for_snapshots(CloudSession& session, const std::vector<std::string>& ids);

}  // namespace preemptd::cli
