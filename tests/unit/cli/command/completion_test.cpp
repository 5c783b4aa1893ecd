#include "cli/command/completion.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/command/run.h"
#include "cli_screen.h"

using namespace preemptd::cli;

namespace {

std::string candidates(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& candidate : complete(words, all_commands())) text += candidate.word + " ";
  return text;
}

bool offers(const std::vector<std::string>& words, const std::string& candidate) {
  return (" " + candidates(words)).find(" " + candidate + " ") != std::string::npos;
}

}  // namespace

TEST_CASE("completion: the next word of a command, its options, and their values") {
  CHECK(offers({""}, "rehearse"));
  CHECK(offers({"re"}, "records"));
  CHECK_FALSE(offers({"re"}, "status"));
  CHECK_FALSE(offers({""}, "__complete"));
  CHECK(offers({"hooks", ""}, "plan"));
  CHECK(candidates({"hooks", "pl"}) == "plan ");
  CHECK(offers({"hooks", "plan", "--"}, "--notice"));
  CHECK(offers({"hooks", "plan", "--o"}, "--output"));
  CHECK(candidates({"status", "--output", ""}) == "table json text yaml csv ");
  CHECK(candidates({"--output", "json", "hooks", "pl"}) == "plan ");
  CHECK(candidates({"rehearse", "--notice", ""}).empty());
  CHECK(candidates({"nonsense", ""}).empty());
}

TEST_CASE("completion: api knows products, actions and their parameters") {
  CHECK(candidates({"api", ""}) == "ecs vpc sts ");
  CHECK(candidates({"api", "ecs", "DescribeSpotP"}) == "DescribeSpotPriceHistory ");
  CHECK(candidates({"api", "--region", "cn-beijing", "vpc", "CreateVSwitch"}) ==
        "CreateVSwitch CreateVSwitchCidrReservation ");
  CHECK(offers({"api", "ecs", "RunInstances", "--"}, "--Tag.1.Key"));
  CHECK(offers({"api", "ecs", "RunInstances", "--Sys"}, "--SystemDisk.Size"));
  CHECK(offers({"api", "ecs", "RunInstances", "--"}, "--dry-run"));
  CHECK(candidates({"actions", "sts", "Get"}) == "GetCallerIdentity ");
  CHECK(candidates({"api", "nonsense", ""}).empty());
}

TEST_CASE("completion: the script of a shell is printed as the package installs it") {
  for (const auto& [shell, file] :
       {std::pair{"bash", "preemptctl.bash"}, {"zsh", "_preemptctl"}, {"fish", "preemptctl.fish"}}) {
    std::ifstream installed(std::string(PREEMPTD_TEST_DATA) + "/../../packaging/completions/" + file);
    std::ostringstream text;
    text << installed.rdbuf();
    preemptd::fakes::Screen screen;
    CHECK(run({"preemptctl", "completion", shell}, all_commands(), screen.out()) == Exit::ok);
    CHECK(screen.stdout_text() == text.str());
    CHECK_FALSE(text.str().empty());
  }
  preemptd::fakes::Screen screen;
  CHECK(run({"preemptctl", "completion", "tcsh"}, all_commands(), screen.out()) == Exit::failed);
  CHECK(screen.stderr_text().find("bash, zsh or fish") != std::string::npos);
}
