#include "cli/command.h"

namespace preemptd::cli {

std::vector<Command> ecs_commands() {
  return {};
}
std::vector<Group> ecs_groups() {
  return {};
}

}  // namespace preemptd::cli
