#include "cli/commands.h"

#include "cli/command.h"

namespace preemptd::cli {

std::vector<Command> all_commands() {
  std::vector<Command> commands{};
  for (auto& command : ecs_commands()) commands.push_back(std::move(command));
  return commands;
}

std::vector<Group> all_groups() {
  std::vector<Group> groups{};
  for (auto& group : ecs_groups()) groups.push_back(std::move(group));
  return groups;
}

}  // namespace preemptd::cli
