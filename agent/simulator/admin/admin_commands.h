#pragma once
#include <CLI/CLI.hpp>

namespace preemptd::simulator {

/// Adds reclaim, withdraw, fault, set, reset, requests and state to the program. Each sends one request to the admin
/// address of a running simulator and prints its answer. `exit_code` is set when one has run: 0, or 2 when the
/// simulator refused or did not answer.
void add_admin_commands(CLI::App& app, int& exit_code);

}  // namespace preemptd::simulator
