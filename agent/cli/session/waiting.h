#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/session/session.h"
#include "ecs/lifecycle/lifecycle.h"

namespace preemptd::cli {

/// Shows on a terminal how a workflow goes on.
ecs::ProgressCallback progress_note(CloudSession& session);

/// "2 Running, 1 Pending", "i-1 is not there": how many are where.
std::string statuses_text(const ecs::Statuses& now);

/// Waits for `status` ("" = gone) with progress.
ecs::Result<ecs::WaitOutcome> wait_with_progress(CloudSession& session, const std::vector<std::string>& ids,
                                                 const std::string& status);

/// Says on stderr how a wait ended, `late` and what is where when time ran out, and answers ok, timed_out, or not_found
/// for ones that vanished.
Exit report_wait(CloudSession& session, const ecs::WaitOutcome& outcome,
                 const std::string& late = "time ran out; what was begun goes on");
/// Both: for the end of a command whose answer was given before.
Exit wait_and_report(CloudSession& session, const std::vector<std::string>& ids, const std::string& status);

/// The status of each when the wait ended, whichever way it did.
const ecs::Statuses& statuses_of(const ecs::WaitOutcome& outcome);

/// Looks again every second until a thing that was just made is `wanted`; says what became of it otherwise.
Exit wait_until(CloudSession& session, const std::string& id, const std::string& wanted,
                const std::function<ecs::Result<std::string>()>& look);

/// Waits until every snapshot is accomplished; what stopped it otherwise.
std::optional<ecs::Failure> wait_for_snapshots(CloudSession& session, const std::vector<std::string>& ids);

}  // namespace preemptd::cli
