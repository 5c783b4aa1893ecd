#pragma once
#include <CLI/CLI.hpp>

namespace preemptd::simulator {

/// Adds `serve`. `exit_code` is set when it has run: 0 after a clean end, 1 when it could not listen or write, 2 for a
/// bad option.
void add_serve_command(CLI::App& app, int& exit_code);

}  // namespace preemptd::simulator
