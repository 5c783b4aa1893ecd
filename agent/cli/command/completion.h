#pragma once
#include <string>
#include <vector>

#include "cli/command/command.h"

namespace preemptd::cli {

struct Candidate {
  std::string word;
  std::string help;
};

/// What could stand in place of the last of `words` (which may be empty), the program's name left out. Pure.
std::vector<Candidate> complete(const std::vector<std::string>& words, const std::vector<Command>& commands);

}  // namespace preemptd::cli
