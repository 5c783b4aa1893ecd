#pragma once
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/identity.h"
#include "core/notice.h"
#include "core/result.h"

/// The notice as the agent on this machine published it.
namespace preemptd::cli {

/// Nothing: no notice. bad_reply and the like: there is a file, and it is none.
core::Result<std::optional<core::Notice>> published_notice(const std::string& run_folder);

/// The error of published_notice(), with what the operator can do about it.
core::Error with_remedy(core::Error unreadable_notice);

/// Who this is, as the agent learnt it; unknown members stay empty.
core::Identity published_identity(const std::string& run_folder);

/// When it ends, on the clock of this boot.
core::Deadline deadline_of(const core::Notice& notice);

/// Inside a hook: when it will be stopped, out of PREEMPT_STOP_BY. Nothing elsewhere.
std::optional<core::Deadline> own_stop_by();

}  // namespace preemptd::cli
