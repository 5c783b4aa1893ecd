#pragma once
#include <vector>

#include "cli/session/session.h"

/// One function for each command of the control plane, or for each family of them; ecs_commands.cpp puts them in order.
namespace preemptd::cli {

Command api_command();
Command actions_command();
Command whoami_command();
std::vector<Command> instance_commands();
std::vector<Command> power_commands();
Command release_command();
Command public_ip_command();
std::vector<Command> launch_commands();
std::vector<Command> renewal_commands();
std::vector<Command> list_commands();
std::vector<Command> make_commands();
std::vector<Command> delete_commands();
std::vector<Command> market_commands();
Command spot_launch_command();
Command spot_prices_command();
Command spot_advise_command();
Command worth_starting_command();
Command spot_watch_command();
std::vector<Command> remote_commands();

}  // namespace preemptd::cli
