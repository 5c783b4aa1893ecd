#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::cli {

/// Runs a program found in PATH, without a shell, in this environment, and gives what it wrote to its standard output;
/// its standard error is ours. It ends with us, and by `by` at the latest: then it and what it started are killed. At
/// most 1 MiB. A failure names the program: it cannot be started, does not end in time or does not exit with 0.
core::Result<std::string> output_of_program(const std::vector<std::string>& argv, core::Deadline by);

/// The same whatever it exits with, and with its standard error in between. Of more than `most` bytes the last are
/// returned. An exit code other than 0 is the last line: "(it exited with 3)".
core::Result<std::string> report_of_program(const std::vector<std::string>& argv, core::Deadline by, std::size_t most);

}  // namespace preemptd::cli
