#include "drain/hooks/hook_options.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::Seconds;
using drain::HookOptions;

namespace {
HookOptions merged(const core::HookSettings& defaults, const core::HookSettings& header, const core::HookSettings& own,
                   std::vector<std::string>* mistakes = nullptr) {
  std::vector<std::string> ignored;
  return drain::merge_options(defaults, header, own, mistakes ? *mistakes : ignored);
}
}  // namespace

TEST_CASE("options: a script's header line is read with every option, in any comment style") {
  for (const std::string comment : {"# ", "#", "// ", "-- ", "\t#  "}) {
    const auto header = drain::parse_header(
        "#!/bin/sh\n" + comment + "preemptd: timeout=90s reserve=20s  grace=1500ms\trepeatable=no\n" + comment +
        "preemptd: user=app events=drain,undo importance=critical late=no\nexit 0\n");
    INFO(comment);
    CHECK(header.mistakes.empty());
    CHECK(header.settings.timeout == Seconds(90));
    CHECK(header.settings.reserve == Seconds(20));
    CHECK(header.settings.grace == core::Millis(1500));
    CHECK(header.settings.repeatable == false);
    CHECK(header.settings.user == "app");
    CHECK(header.settings.importance == "critical");
    CHECK(header.settings.late == false);
    CHECK(header.settings.events == std::vector<std::string>{"drain", "undo"});
  }
}

TEST_CASE("options: a mistake costs its option alone, and is named with its cure") {
  const auto header = drain::parse_header("# preemptd: timout=90s reserve=20 grace=2s repeatable=maybe events= user\n");
  CHECK(header.settings.grace == Seconds(2));
  CHECK_FALSE(header.settings.timeout);
  CHECK_FALSE(header.settings.reserve);
  REQUIRE(header.mistakes.size() == 5);
  CHECK(header.mistakes[0] == "'timout' is not an option; did you mean timeout?");
  CHECK(header.mistakes[2] == "'repeatable=maybe' must be yes or no");
}

TEST_CASE("options: an importance that does not exist is named, and the hook stays normal") {
  const auto header = drain::parse_header("# preemptd: importance=urgent late=perhaps\n");
  CHECK_FALSE(header.settings.importance);
  REQUIRE(header.mistakes.size() == 2);
  CHECK(header.mistakes[0] == "'importance=urgent' must be critical, normal or low");
  CHECK(header.mistakes[1] == "'late=perhaps' must be yes or no");
  core::HookSettings own;
  own.importance = "high";
  std::vector<std::string> mistakes;
  CHECK(merged({}, {}, own, &mistakes).importance == drain::Importance::normal);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0] == "'high' is not an importance: critical, normal, low");
}

TEST_CASE("options: importance and late default to normal and yes, and follow the strongest place") {
  CHECK(HookOptions{}.importance == drain::Importance::normal);
  CHECK(HookOptions{}.late);
  core::HookSettings header, own;
  header.importance = "low", header.late = false;
  CHECK(merged({}, header, {}).importance == drain::Importance::low);
  CHECK_FALSE(merged({}, header, {}).late);
  own.importance = "critical", own.late = true;
  CHECK(merged({}, header, own).importance == drain::Importance::critical);
  CHECK(merged({}, header, own).late);
}

TEST_CASE("options: only comments count, and only in the first 4 KiB") {
  CHECK_FALSE(drain::parse_header("echo preemptd: timeout=9s\n").settings.timeout);
  CHECK_FALSE(drain::parse_header("# see preemptd: timeout=9s\n").settings.timeout);
  CHECK_FALSE(drain::parse_header(std::string(4096, '\n') + "# preemptd: timeout=9s\n").settings.timeout);
}

TEST_CASE("options: the hook's own section wins over its header, and that over the defaults") {
  core::HookSettings defaults, header, own;
  defaults.timeout = Seconds(10), defaults.grace = Seconds(10), defaults.user = "nobody";
  header.timeout = Seconds(20), header.grace = Seconds(20);
  own.timeout = Seconds(30);
  const HookOptions options = merged(defaults, header, own);
  CHECK(options.timeout == Seconds(30));
  CHECK(options.grace == Seconds(20));
  CHECK(options.user == "nobody");
  CHECK(merged({}, {}, {}) == HookOptions{});
}

TEST_CASE("options: what would harm is corrected and said") {
  core::HookSettings own;
  std::vector<std::string> mistakes;
  own.timeout = Seconds(10), own.reserve = Seconds(60);
  CHECK(merged({}, {}, own, &mistakes).reserve == Seconds(10));
  own = {};
  own.timeout = Seconds(0);
  CHECK_FALSE(merged({}, {}, own, &mistakes).timeout);
  own = {};
  own.events = {"drian"};
  const HookOptions options = merged({}, {}, own, &mistakes);
  CHECK(options.on_drain);
  CHECK(options.on_undo);
  CHECK(mistakes.size() == 4);
}

TEST_CASE("options: a rehearsal in fast motion divides every limit") {
  HookOptions options;
  options.timeout = Seconds(100), options.reserve = Seconds(50);
  options = drain::sped_up(options, 10);
  CHECK(options.timeout == Seconds(10));
  CHECK(options.reserve == Seconds(5));
  CHECK(options.grace == core::Millis(500));
}
