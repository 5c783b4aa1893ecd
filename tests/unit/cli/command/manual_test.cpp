#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cli/command/command.h"
#include "cli/command/run.h"

using namespace preemptd::cli;

namespace {

std::string page(const std::string& name) {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/../../docs/man/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_of_the_control_plane(const Command& command) {
  for (const auto& other : ecs_commands()) {
    if (other.path == command.path) return true;
  }
  return false;
}

Arguments arguments_of(const Command& command) {
  Arguments arguments;
  command.declare(arguments);
  return arguments;
}

bool mentions(const std::string& text, const std::string& flag) {
  for (auto at = text.find(flag); at != std::string::npos; at = text.find(flag, at + 1)) {
    const char next = at + flag.size() < text.size() ? text[at + flag.size()] : ' ';
    if (next != '-' && (next < 'a' || next > 'z')) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("manual: every command of the node and each of its flags is on the page") {
  const auto text = page("preemptctl.1.md");
  REQUIRE_FALSE(text.empty());
  for (const auto& command : all_commands()) {
    if (command.hidden || is_of_the_control_plane(command)) continue;
    CAPTURE(command.path);
    CHECK(text.find("**" + command.path + "**") != std::string::npos);
    const auto arguments = arguments_of(command);
    for (const auto& argument : arguments.all()) {
      CAPTURE(argument.names);
      if (!argument.positional) CHECK(mentions(text, argument.main_name()));
      for (const auto& choice : argument.choices) CHECK(text.find(choice) != std::string::npos);
    }
  }
}

TEST_CASE("manual: what --help says of a command fits a terminal of 120 columns") {
  for (const auto& command : all_commands()) {
    CAPTURE(command.path);
    std::istringstream lines(command.details);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
    if (!command.details.empty()) CHECK(command.details.back() != '\n');
  }
}

TEST_CASE("manual: every flag on the page exists") {
  std::set<std::string> known{"--version", "--Name", "--"};
  for (const auto& command : all_commands()) {
    const auto arguments = arguments_of(command);
    for (const auto& argument : arguments.all()) known.insert(argument.main_name());
  }
  CommonChoice choice;
  Arguments common;
  declare_common(common, choice);
  for (const auto& argument : common.all()) known.insert(argument.main_name());
  const auto text = page("preemptctl.1.md");
  for (auto at = text.find("**--"); at != std::string::npos; at = text.find("**--", at + 1)) {
    const auto flag = text.substr(at + 2, text.find_first_of(" *", at + 4) - at - 2);
    CAPTURE(flag);
    CHECK(known.contains(flag));
  }
}

TEST_CASE("manual: no two flags of a command have the same name, and none hides a common one") {
  CommonChoice choice;
  Arguments common;
  declare_common(common, choice);
  for (const auto& command : all_commands()) {
    std::set<std::string> seen;
    for (const auto& argument : common.all()) seen.insert(argument.main_name());
    const auto own = arguments_of(command);
    for (const auto& argument : own.all()) {
      CAPTURE(command.path);
      CAPTURE(argument.names);
      CHECK(seen.insert(argument.main_name()).second);
    }
  }
}
