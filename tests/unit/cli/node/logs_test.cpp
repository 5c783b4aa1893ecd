#include "cli/node/logs.h"

#include <doctest/doctest.h>

using namespace preemptd::cli;

namespace {

std::vector<std::string> after_units(std::vector<std::string> more) {
  std::vector<std::string> words{"--unit=preemptd.service", "--unit=preemptd-drain.service",
                                 "--unit=preemptd-drain.path", "--unit=preemptd-shutdown.service"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("logs: without options everything about the units is picked") {
  CHECK(journal_query({}, false) == after_units({}));
}

TEST_CASE("logs: notice, hook and event are the fields that both programs write") {
  LogsOptions options;
  options.notice = "n-1";
  options.hook = "10-a";
  options.event = "hook.finished";
  options.since = "-1h";
  options.lines = 20;
  options.follow = true;
  CHECK(journal_query(options, true) ==
        after_units({"--output=json", "--since=-1h", "--lines=20", "--follow", "PREEMPTD_NOTICE_ID=n-1",
                     "PREEMPTD_HOOK=10-a", "PREEMPTD_EVENT=hook.finished"}));
}
