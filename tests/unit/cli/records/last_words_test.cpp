#include "cli/records/last_words.h"

#include <doctest/doctest.h>

#include "cli_screen.h"

using namespace preemptd;
using namespace preemptd::cli;

namespace {

drain::HookRecord hook(const char* name, drain::Ending ending, const char* out, const char* err) {
  drain::HookRecord hook;
  hook.plan.hook.name = name;
  hook.attempts = 1;
  hook.outcome = drain::HookOutcome{};
  hook.outcome->ending = ending;
  hook.out.tail = out;
  hook.err.tail = err;
  return hook;
}

}  // namespace

TEST_CASE("last words: the last lines of a tail, with its \\n as line ends") {
  CHECK(last_lines("one\\ntwo\\nthree\\n", 2) == std::vector<std::string>{"two", "three"});
  CHECK(last_lines("", 2) == std::vector<std::string>{""});
  CHECK(last_lines("a\033[2J", 1)[0].find('\033') == std::string::npos);
}

TEST_CASE("last words: a hook that failed shows its standard error, one that went well shows nothing") {
  drain::Record record;
  record.hooks = {hook("10-fine", drain::Ending::ok, "all well", ""),
                  hook("20-bad", drain::Ending::failed, "begun", "mount: denied\\nlast line"),
                  hook("30-quiet", drain::Ending::failed, "only this", "")};
  fakes::Screen screen;
  show_last_words(screen.out(), record, "");
  CHECK(screen.stdout_text() ==
        "\n20-bad wrote last:\n  mount: denied\n  last line\n\n30-quiet wrote last:\n  only this\n");
}
