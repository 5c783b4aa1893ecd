#include "cli/commands.h"

namespace preemptd::cli {

std::vector<Command> all_commands() {
  std::vector<Command> commands{status_command(),       rehearse_command(),     hooks_list_command(),
                                hooks_plan_command(),   records_list_command(), records_show_command(),
                                config_check_command(), config_show_command()};
  for (auto& command : ecs_commands()) commands.push_back(std::move(command));
  return commands;
}

std::vector<Group> all_groups() {
  std::vector<Group> groups{{"hooks", "The scripts a drain runs: list, plan and write them"},
                            {"records", "What past drains left behind"},
                            {"config", "Check and show the configuration"}};
  for (auto& group : ecs_groups()) groups.push_back(std::move(group));
  return groups;
}

}  // namespace preemptd::cli
