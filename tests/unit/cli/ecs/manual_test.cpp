#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/command/cloud_facts.h"
#include "cli/command/command.h"

using namespace preemptd::cli;

TEST_CASE("manual: every verb of the control plane and each of its flags is on its page") {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/../../docs/man/preemptctl-ecs.1.md");
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  for (const auto& command : ecs_commands()) {
    CAPTURE(command.path);
    CHECK(text.str().find("**" + command.path + "**") != std::string::npos);
    Arguments arguments;
    command.declare(arguments);
    for (const auto& argument : arguments.all()) {
      CAPTURE(argument.names);
      if (!argument.positional) CHECK(text.str().find("**" + argument.main_name() + "**") != std::string::npos);
    }
  }
}

namespace {

std::string page() {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/../../docs/control-plane.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("control plane: every command is in the table of facts, and the page has its row as the code has it") {
  const auto text = page();
  REQUIRE_FALSE(text.empty());
  for (const auto& command : ecs_commands()) {
    CAPTURE(command.path);
    const auto* facts = facts_of(command.path);
    REQUIRE(facts != nullptr);
    const auto row = table_row(*facts);
    CAPTURE(row);
    CHECK(text.find("\n" + row + "\n") != text.npos);
  }
}

TEST_CASE("control plane: the page has no row for what is no command") {
  std::istringstream lines(page());
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    ++rows;
    const auto name = line.substr(3, line.find('`', 3) - 3);
    CAPTURE(name);
    const auto* facts = facts_of(name);
    REQUIRE(facts != nullptr);
    CHECK(line == table_row(*facts));
  }
  CHECK(rows == static_cast<int>(all_cloud_facts().size()));
}

TEST_CASE("control plane: what looks only changes nothing, and what has a guard or a question says so") {
  for (const auto& command : ecs_commands()) {
    Arguments arguments;
    command.declare(arguments);
    const auto has = [&](const char* name) {
      return std::any_of(arguments.all().begin(), arguments.all().end(),
                         [&](const auto& each) { return each.main_name() == name; });
    };
    const auto* facts = facts_of(command.path);
    REQUIRE(facts != nullptr);
    CAPTURE(command.path);
    CHECK(has("--yes-this-node") == (facts->checks.find("the own node is guarded") != facts->checks.npos));
    if (facts->changes == "nothing") CHECK_FALSE(has("--yes"));
    if (has("--client-token")) CHECK(facts->lost_answer.find("ClientToken") != facts->lost_answer.npos);
  }
}

TEST_CASE("ctl: every verb belongs to a group that help explains") {
  for (const auto& command : ecs_commands()) {
    const auto blank = command.path.find(' ');
    if (blank == std::string::npos) continue;
    bool explained = false;
    for (const auto& group : ecs_groups()) explained = explained || group.name == command.path.substr(0, blank);
    CAPTURE(command.path);
    CHECK(explained);
  }
}
