#include "cli/ecs/commands.h"

#include <iterator>

namespace preemptd::cli {
namespace {

void append(std::vector<Command>& to, std::vector<Command> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

}  // namespace

std::vector<Command> ecs_commands() {
  std::vector<Command> commands{api_command(), actions_command(), whoami_command()};
  append(commands, list_commands());
  append(commands, instance_commands());
  append(commands, power_commands());
  append(commands, {release_command(), public_ip_command()});
  append(commands, launch_commands());
  append(commands, renewal_commands());
  append(commands, remote_commands());
  append(commands, market_commands());
  append(commands, {spot_launch_command(), spot_watch_command(), worth_starting_command()});
  append(commands, make_commands());
  append(commands, delete_commands());
  for (auto& command : commands) command.acts = command.path != "actions";
  return commands;
}

std::vector<Group> ecs_groups() {
  return {{"instance", "Instances: launch, list, start, stop, release, renew"},
          {"spot", "The spot market: prices, stock, advice, and a watch over spot instances"},
          {"command", "Commands run inside instances"},
          {"disk", "Disks"},
          {"snapshot", "Snapshots of disks"},
          {"image", "Images"},
          {"security-group", "Security groups"},
          {"vpc", "VPCs"},
          {"vswitch", "vSwitches"},
          {"region", "Regions"},
          {"tag", "Tags of resources"}};
}

}  // namespace preemptd::cli
