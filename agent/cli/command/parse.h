#pragma once
#include <span>
#include <string>
#include <vector>

#include "cli/command/arguments.h"
#include "core/result.h"

namespace preemptd::cli {

/// Whether -h or --help is among `words` as an option, not as the value of one.
bool asks_for_help(const Arguments& command, const Arguments& common, std::span<const std::string> words);

/// Reads `words` (without the program's and the command's own names) into the targets of `command` and `common`.
/// bad_input: one sentence for the person, with the nearest known option where one was misspelt.
core::Result<void> parse(const Arguments& command, const Arguments& common, std::span<const std::string> words);

}  // namespace preemptd::cli
