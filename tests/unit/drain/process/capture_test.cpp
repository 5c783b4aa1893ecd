#include "drain/process/capture.h"

#include <doctest/doctest.h>

#include <vector>

using namespace preemptd;
using drain::Capture;

namespace {
constexpr core::BootTime kNow{core::Seconds(1000)};

struct Kept {
  std::vector<std::string> lines;
  Capture capture{[this](std::string_view line) { lines.emplace_back(line); }};
};
}  // namespace

TEST_CASE("capture: lines are passed on whole, however they arrive, and the last one without its newline") {
  Kept kept;
  for (const auto* part : {"one\ntw", "o\n", "\nthr", "ee"}) kept.capture.feed(part, kNow);
  kept.capture.end(kNow);
  CHECK(kept.lines == std::vector<std::string>{"one", "two", "", "three"});
  CHECK(kept.capture.text() == "one\ntwo\n\nthree");
  CHECK(kept.capture.summary().bytes == 14);
  CHECK(kept.capture.summary().dropped == 0);
}

TEST_CASE("capture: the first and last 32 KiB are kept, and what lies between is counted") {
  Kept kept;
  constexpr std::size_t kKept = 32 * 1024;
  const std::string head(kKept, 'a'), middle(100'000, 'b'), tail(kKept, 'c');
  for (const auto& part : {head, middle, tail})
    for (std::size_t at = 0; at < part.size(); at += 777)
      kept.capture.feed(std::string_view(part).substr(at, 777), kNow);
  CHECK(kept.capture.summary().dropped == middle.size());
  CHECK(kept.capture.text() == head + "\n[100000 bytes were dropped here]\n" + tail);
}

TEST_CASE("capture: exactly what fits is kept without a gap") {
  Kept kept;
  const std::string all = std::string(32 * 1024, 'a') + std::string(32 * 1024, 'b');
  kept.capture.feed(all, kNow);
  CHECK(kept.capture.text() == all);
}

TEST_CASE("capture: a flood of lines is logged at most so often, and the rest is counted") {
  Kept kept;
  for (int i = 0; i < 1000; ++i) kept.capture.feed("x\n", kNow);
  CHECK(kept.lines.size() == 200);
  kept.capture.feed("later\n", kNow + core::Seconds(1));
  CHECK(kept.lines.back() == "later");
  kept.capture.end(kNow + core::Seconds(1));
  CHECK(kept.lines.back() == "(800 more lines were not logged)");
}

TEST_CASE("capture: a line without end is cut for the log") {
  Kept kept;
  kept.capture.feed(std::string(100'000, 'x'), kNow);
  kept.capture.end(kNow);
  REQUIRE(kept.lines.size() == 1);
  CHECK(kept.lines[0].size() < 4200);
  CHECK(kept.lines[0].ends_with(" …"));
}

TEST_CASE("capture: the summary's tail is printable whatever the hook wrote") {
  Kept kept;
  kept.capture.feed(std::string("\x1b[31mred\xff\0", 10), kNow);
  CHECK(kept.capture.summary().tail == "\\x1B[31mred\xEF\xBF\xBD\\x00");
}
