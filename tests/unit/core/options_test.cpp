#include "core/options.h"

#include <doctest/doctest.h>

using namespace preemptd::core;

namespace {

constexpr Option kKnown[] = {{"config", 'c', true}, {"set", 's', true}, {"help", 'h', false}, {"check"}};

Result<std::vector<GivenOption>> parse(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  return parse_options(kKnown, arguments);
}

}  // namespace

TEST_CASE("options: a value stands behind a blank, behind an equals sign, or at its letter") {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--config", "x=y"}, {"--config=x=y"}, {"-c", "x=y"}, {"-cx=y"}}) {
    const auto given = parse(words);
    REQUIRE(given.has_value());
    REQUIRE(given->size() == 1);
    CHECK(given->front().option->name == "config");
    CHECK(given->front().value == "x=y");
  }
}

TEST_CASE("options: they come in the order given, repeated and empty values included") {
  const auto given = parse({"--set=a.b=1", "-h", "--set", "", "--check"});
  REQUIRE(given.has_value());
  REQUIRE(given->size() == 4);
  CHECK((*given)[0].value == "a.b=1");
  CHECK((*given)[1].option->name == "help");
  CHECK((*given)[2].value.empty());
  CHECK((*given)[3].option->name == "check");
}

TEST_CASE("options: what is wrong is named") {
  const struct {
    std::vector<std::string> words;
    const char* says;
  } kWrong[] = {{{"--confg=x"}, "unknown option '--confg'; did you mean --config?"},
                {{"--config"}, "--config needs a value"},
                {{"-c"}, "-c needs a value"},
                {{"--help=x"}, "--help takes no value"},
                {{"-x"}, "unknown option '-x'"},
                {{"run"}, "unexpected word 'run'"},
                {{"--"}, "unexpected word '--'"},
                {{""}, "unexpected word ''"}};
  for (const auto& wrong : kWrong) {
    const auto given = parse(wrong.words);
    REQUIRE_FALSE(given.has_value());
    CHECK(given.error().code == ErrorCode::bad_input);
    CHECK(given.error().what.find(wrong.says) != std::string::npos);
  }
}
