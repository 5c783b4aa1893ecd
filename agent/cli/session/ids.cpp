#include "cli/session/ids.h"

#include "core/text.h"

namespace preemptd::cli {

std::string how_many(const std::vector<std::string>& ids) {
  return ids.size() == 1 ? core::printable(ids.front(), 64) : std::to_string(ids.size()) + " instances";
}

Exit no_such_instance(CloudSession& session, const std::string& id) {
  session.out().problem({"no instance " + core::printable(id, 64) + " in " + session.client().region(),
                         "InvalidInstanceId.NotFound",
                         "",
                         "ecs:DescribeInstances",
                         {}});
  return Exit::not_found;
}

}  // namespace preemptd::cli
