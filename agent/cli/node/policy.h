#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/output.h"
#include "config/config.h"

/// Pure: which RAM permissions a node needs for what is switched on.
namespace preemptd::cli {

struct Statement {
  std::vector<std::string> actions;
  std::string resource;
  std::string why;
};

/// The ready-made hook that a path leads to: its own name behind every link, in a folder with what the ready-made hooks
/// that call the cloud share. Empty: it is somebody's own hook, whatever its name says.
std::string ready_made_hook(const std::string& path);

/// `hooks`: the ready-made hooks that run, by ready_made_hook().
std::vector<Statement> statements_for(const config::Config& config, const std::vector<std::string>& hooks,
                                      const std::string& region, const std::string& account);

/// What a control-plane command needs, or nothing for a name that is none. Words that name several commands one behind
/// the other ("instance release spot watch") are all of them.
std::optional<std::vector<Statement>> statements_for_commands(const std::vector<std::string>& words);

/// A RAM policy document, version 1.
Json policy_document(const std::vector<Statement>& statements);

}  // namespace preemptd::cli
