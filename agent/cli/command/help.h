#pragma once
#include <string>
#include <vector>

#include "cli/command/command.h"

/// Pure: the texts of --help.
namespace preemptd::cli {

std::string help_of_program(const std::vector<Command>& commands, const std::vector<Group>& groups,
                            const Arguments& common);
/// The commands whose path starts with `group`.
std::string help_of_group(const std::string& group, const std::vector<Command>& commands);
std::string help_of_command(const Command& command, const Arguments& arguments);
std::string usage_line(const Command& command, const Arguments& arguments);

}  // namespace preemptd::cli
