#include "daemon/arguments.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace preemptd;
using daemon::Arguments;

namespace {

core::Result<Arguments> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "preemptd");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return daemon::parse_arguments(static_cast<int>(words.size()), argv.data());
}

}  // namespace

TEST_CASE("daemon: the configuration is passed on to the drainer as it was given") {
  const auto arguments = parse({"--config", "/x.toml", "-s", "log.level=debug", "--set=drain.parallel=2"});
  REQUIRE(arguments.has_value());
  CHECK(arguments->passed_on() ==
        std::vector<std::string>{"--config", "/x.toml", "--set", "log.level=debug", "--set", "drain.parallel=2"});
}

TEST_CASE("daemon: a configuration named from here is still found by a drainer that works elsewhere") {
  const auto arguments = parse({"-c", "x.toml"});
  REQUIRE(arguments.has_value());
  CHECK(arguments->config_file == (std::filesystem::current_path() / "x.toml").string());
}

TEST_CASE("daemon: a command line that is wrong says what is wrong and what is near") {
  const struct {
    std::vector<std::string> words;
    const char* says;
  } kWrong[] = {{{"--confg", "x"}, "did you mean --config?"},
                {{"--config"}, "needs a value"},
                {{"run"}, "unexpected word 'run'"},
                {{"--nothing-like-it"}, "unknown option"}};
  for (const auto& wrong : kWrong) {
    const auto arguments = parse(wrong.words);
    REQUIRE_FALSE(arguments.has_value());
    CHECK(arguments.error().what.find(wrong.says) != std::string::npos);
  }
}

TEST_CASE("daemon: every option of the command line is in its help") {
  for (const char* option : {"--config", "--set", "--spawn-drain", "--check", "--help", "--version"})
    CHECK(daemon::help_text().find(option) != std::string::npos);
}
