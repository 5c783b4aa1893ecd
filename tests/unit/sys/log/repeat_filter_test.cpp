#include "sys/log/repeat_filter.h"

#include <doctest/doctest.h>

using namespace preemptd;
using sys::Level;
using sys::LogEntry;
using sys::RepeatFilter;

namespace {

const core::BootTime kNow{core::Seconds(100)};

LogEntry line(const std::string& text) {
  return {Level::warning, "source.trouble", text, {}};
}

}  // namespace

TEST_CASE("log: the same line within a minute is counted, and the next one tells") {
  RepeatFilter filter;
  CHECK(filter.admit(line("a"), 1, kNow).write);
  for (int i = 0; i < 41; ++i) CHECK_FALSE(filter.admit(line("a"), 1, kNow + core::Seconds(59)).write);
  CHECK(filter.admit(line("b"), 1, kNow).write);
  const auto again = filter.admit(line("a"), 1, kNow + core::Seconds(60));
  CHECK(again.write);
  CHECK(again.skipped == 41);
  CHECK(filter.admit(line("a"), 1, kNow + core::Seconds(120)).skipped == 0);
}

TEST_CASE("log: repeats that nobody follows up are told when their minute is over, once") {
  RepeatFilter filter;
  for (int i = 0; i < 42; ++i) filter.admit(line("a"), 1, kNow);
  filter.admit(line("once"), 1, kNow);
  CHECK(filter.due(kNow + core::Seconds(59)).empty());
  const auto due = filter.due(kNow + core::Seconds(60));
  REQUIRE(due.size() == 1);
  CHECK(due[0].first == line("a"));
  CHECK(due[0].second == 41);
  CHECK(filter.due(kNow + core::Seconds(200)).empty());
}

TEST_CASE("log: an error is written three times before it is counted") {
  RepeatFilter filter;
  for (int i = 0; i < 3; ++i) CHECK(filter.admit(line("a"), 3, kNow).write);
  CHECK_FALSE(filter.admit(line("a"), 3, kNow).write);
}

TEST_CASE("log: a flood of different lines takes no more memory than 256 of them") {
  RepeatFilter filter;
  for (int i = 0; i < 10'000; ++i) CHECK(filter.admit(line(std::to_string(i)), 1, kNow + core::Millis(i)).write);
  CHECK_FALSE(filter.admit(line("9999"), 1, kNow + core::Seconds(11)).write);
  CHECK(filter.admit(line("0"), 1, kNow + core::Seconds(11)).write);
}
