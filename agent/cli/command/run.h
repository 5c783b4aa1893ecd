#pragma once
#include <string>
#include <vector>

#include "cli/command/command.h"

namespace preemptd::cli {

/// Finds the command in `arguments` (argv, the program's name first), reads its arguments and runs it. Everything that
/// goes wrong is said on `out`; what the shell gets is the answer.
Exit run(const std::vector<std::string>& arguments, const std::vector<Command>& commands, Output& out);

/// Adds the options every command takes.
struct CommonChoice {
  Common common;
  std::string output = "table";
  std::string colour = "auto";
  std::string query;
  bool json = false;
  bool help = false;
};
void declare_common(Arguments& arguments, CommonChoice& choice);

/// The words of a command line split into the command they name and what is left for its parser.
struct Located {
  const Command* command = nullptr;  ///< null: no command has these words
  std::vector<std::string> words;    ///< the leading words, for a group or for the message
  std::vector<std::string> rest;
};
Located locate(const std::vector<std::string>& arguments, const std::vector<Command>& commands,
               const Arguments& common);

}  // namespace preemptd::cli
