#pragma once
#include <string>

#include "cli/terminal/output.h"

namespace preemptd::cli {

/// Asks on the terminal before something that cannot be taken back. True for a typed "yes". Where nobody can be asked
/// (stdin is no terminal) the answer is no, and stderr says that --yes is for scripts.
bool confirmed(Output& out, const std::string& question);

}  // namespace preemptd::cli
