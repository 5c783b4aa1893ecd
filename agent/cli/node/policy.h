#pragma once
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

/// `hooks`: names of the hooks that run, with or without number and extension.
std::vector<Statement> statements_for(const config::Config& config, const std::vector<std::string>& hooks,
                                      const std::string& region, const std::string& account);

/// A RAM policy document, version 1.
Json policy_document(const std::vector<Statement>& statements);

}  // namespace preemptd::cli
