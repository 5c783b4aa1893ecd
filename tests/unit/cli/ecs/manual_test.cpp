#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

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
