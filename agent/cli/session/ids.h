#pragma once
#include <string>
#include <vector>

#include "cli/session/session.h"

/// Ids in sentences.
namespace preemptd::cli {

/// "i-1", or "3 instances".
std::string how_many(const std::vector<std::string>& ids);

/// Says that the region has no such instance; not_found.
Exit no_such_instance(CloudSession& session, const std::string& id);

}  // namespace preemptd::cli
