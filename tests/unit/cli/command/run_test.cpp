#include "cli/command/run.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli_screen.h"

using namespace preemptd;
using namespace preemptd::cli;

namespace {

struct Seen {
  std::string notice;
  std::vector<std::string> names;
  std::vector<std::string> rest;
  std::vector<std::string> settings;
  std::string ran;
};

Command plan_command(Seen& seen) {
  return {
      .path = "hooks plan", .summary = "Show the plan", .details = "", .declare = [&seen](Arguments& arguments) -> Run {
        auto notice = std::make_shared<core::Millis>(core::Seconds(300));
        arguments.duration("-n,--notice", *notice, "Length of the notice");
        arguments.positionals("NAME", seen.names, "Hooks", false);
        return [&seen, notice](Context& context) {
          seen.ran = "plan";
          seen.notice = std::to_string(notice->count());
          seen.settings = context.common.settings;
          return Exit::ok;
        };
      }};
}

Command api_command(Seen& seen) {
  return {.path = "api", .summary = "Any call", .details = "", .declare = [&seen](Arguments& arguments) -> Run {
            arguments.everything_else("--Name value", seen.rest, "Parameters");
            return [&seen](Context&) {
              seen.ran = "api";
              return Exit::refused;
            };
          }};
}

Command status_command(Seen& seen) {
  return {.path = "status", .summary = "Show the state", .details = "", .declare = [&seen](Arguments&) -> Run {
            return [&seen](Context& context) {
              seen.ran = "status";
              context.out.result(Json{{"phase", "watching"}}, Table{{{"PHASE"}}, {{Cell("watching")}}, ""});
              return Exit::ok;
            };
          }};
}

struct Row {
  std::vector<std::string> words;
  Exit exit;
  std::string out_has;
  std::string err_has;
};

}  // namespace

TEST_CASE("cli: what each command line gets") {
  const std::vector<Row> rows{
      {{"status"}, Exit::ok, "watching", ""},
      {{"--json", "status"}, Exit::ok, "{\n", ""},
      {{"status", "--output", "json"}, Exit::ok, "\"phase\": \"watching\"", ""},
      {{"--output", "json", "status"}, Exit::ok, "\"phase\": \"watching\"", ""},
      {{"-o", "text", "status"}, Exit::ok, "watching\n", ""},
      {{"status", "--query", "/phase"}, Exit::ok, "\"watching\"", ""},
      {{"status", "--query", "/nothing"}, Exit::failed, "", "nothing at /nothing"},
      {{"status", "--output", "jsn"}, Exit::failed, "", "did you mean json?"},
      {{"status", "more"}, Exit::failed, "", "unexpected \"more\""},
      {{"status", "--jsno"}, Exit::failed, "", "did you mean --json?"},
      {{"statsu"}, Exit::failed, "", "did you mean \"status\"?"},
      {{"hooks", "paln"}, Exit::failed, "", "did you mean \"hooks plan\"?"},
      {{"hooks"}, Exit::failed, "hooks plan", ""},
      {{"hooks", "--help"}, Exit::ok, "hooks plan", ""},
      {{"help", "hooks", "plan"}, Exit::ok, "--notice TIME", ""},
      {{"hooks", "plan", "-h"}, Exit::ok, "(default 5m)", ""},
      {{"hooks", "plan", "--notice", "90"}, Exit::failed, "", "unit"},
      {{"hooks", "plan", ""}, Exit::failed, "", "NAME is empty"},
      {{"hooks", "plan", "--notice"}, Exit::failed, "", "--notice needs a value: --notice TIME, such as 5m"},
      {{"version"}, Exit::ok, "preemptctl 0.", ""},
      {{"hooks", "plan", "--notice", "1s", "--notice", "2s"}, Exit::failed, "", "given twice"},
      {{"--version"}, Exit::ok, "preemptctl 0.", ""},
      {{"--help"}, Exit::ok, "Exit codes", ""},
      {{}, Exit::failed, "Usage", ""},
      {{"api", "ecs", "Stop"}, Exit::refused, "", ""},
  };
  for (const auto& row : rows) {
    Seen seen;
    fakes::Screen screen;
    std::vector<std::string> words{"preemptctl"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    const auto exit = run(words, {status_command(seen), plan_command(seen), api_command(seen)}, screen.out());
    std::string line;
    for (const auto& word : words) line += word + " ";
    CAPTURE(line);
    CAPTURE(screen.stderr_text());
    CHECK(exit == row.exit);
    CHECK(screen.stdout_text().find(row.out_has) != std::string::npos);
    CHECK(screen.stderr_text().find(row.err_has) != std::string::npos);
    if (row.err_has.empty()) CHECK(screen.stderr_text() == "");
  }
}

TEST_CASE("cli: options may stand before, between and after the words of a command") {
  Seen seen;
  fakes::Screen screen;
  run({"preemptctl", "--set", "a.b=1", "hooks", "plan", "one", "--set=a.c=2", "--notice", "2m", "two"},
      {plan_command(seen)}, screen.out());
  CHECK(screen.stderr_text() == "");
  CHECK(seen.ran == "plan");
  CHECK(seen.notice == "120000");
  CHECK(seen.names == std::vector<std::string>{"one", "two"});
  CHECK(seen.settings == std::vector<std::string>{"a.b=1", "a.c=2"});
}

TEST_CASE("cli: a command that takes everything gets unknown words in order, and keeps the common options out") {
  Seen seen;
  fakes::Screen screen;
  run({"preemptctl", "api", "ecs", "RunInstances", "--Amount", "2", "--output", "json", "--Tag.1.Key", "a b"},
      {api_command(seen)}, screen.out());
  CHECK(screen.stderr_text() == "");
  CHECK(seen.rest == std::vector<std::string>{"ecs", "RunInstances", "--Amount", "2", "--Tag.1.Key", "a b"});
}

TEST_CASE("cli: control characters in a misspelt word do not reach the terminal") {
  Seen seen;
  fakes::Screen screen;
  run({"preemptctl", "sta\033[31mtus"}, {status_command(seen)}, screen.out());
  CHECK(screen.stderr_text().find('\033') == std::string::npos);
}

TEST_CASE("cli: a value that looks like an option is a value, and not a call for help") {
  Seen seen;
  fakes::Screen screen;
  run({"preemptctl", "api", "ecs", "X", "--Description", "-h", "--Note", "--output", "--Name=--help"},
      {api_command(seen)}, screen.out());
  CHECK(seen.ran == "api");
  CHECK(seen.rest ==
        std::vector<std::string>{"ecs", "X", "--Description", "-h", "--Note", "--output", "--Name=--help"});
}

TEST_CASE("cli: with JSON a usage error is JSON, too") {
  Seen seen;
  fakes::Screen screen;
  run({"preemptctl", "status", "--nonsense", "-o", "json"}, {status_command(seen)}, screen.out());
  const auto error = Json::parse(screen.stderr_text())["error"];
  CHECK(error["code"] == "usage");
  CHECK(error["hint"].get<std::string>().find("usage: preemptctl status") == 0);
}
