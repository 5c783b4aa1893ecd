#pragma once
#include "cli/command.h"

/// One function for each command of the node; commands.cpp puts them in order.
namespace preemptd::cli {

Command config_check_command();
Command config_show_command();
Command hooks_list_command();
Command hooks_plan_command();
Command records_list_command();
Command records_show_command();
Command rehearse_command();
Command status_command();

}  // namespace preemptd::cli
