#include "cli/terminal/timeline.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace preemptd::cli;
using core::Millis;
using core::Seconds;

namespace {

std::string unpainted(Tone, std::string_view text) {
  return std::string(text);
}

ChartRow lane(std::string name, std::vector<Span> spans, std::string note = "") {
  return {std::move(name), Tone::good, std::move(spans), std::move(note)};
}

}  // namespace

TEST_CASE("timeline: bars stand where their time is") {
  const Timeline timeline{
      Seconds(20),
      {lane("a", {{Seconds(0), Seconds(10), Fill::run}}, "ok"),
       lane("bb", {{Seconds(10), Seconds(20), Fill::allowed}, {Seconds(10), Seconds(15), Fill::run}})}};
  CHECK(draw(timeline, 28, unpainted) ==
        "    0s     10s       20s\n"
        "a   ██████████            ok\n"
        "bb            █████·····\n");
}

TEST_CASE("timeline: whatever took any time shows a mark, and nothing draws outside") {
  const Timeline timeline{
      Seconds(100),
      {lane("blink", {{Seconds(50), Seconds(50) + Millis(1), Fill::run}}),
       lane("late", {{Seconds(90), Seconds(500), Fill::run}}), lane("past", {{Seconds(-5), Seconds(0), Fill::run}})}};
  const auto text = draw(timeline, 30, unpainted);
  CHECK(text.find("blink            █\n") != std::string::npos);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    CHECK(display_width(text.substr(at, end - at)) <= 30);
    at = end + 1;
  }
}

TEST_CASE("timeline: an empty window does not divide by nothing") {
  CHECK(draw({Millis(0), {lane("a", {{Millis(0), Millis(0), Fill::run}})}}, 40, unpainted).find("a") !=
        std::string::npos);
}

TEST_CASE("timeline: the axis has round times and not too many") {
  CHECK(ticks(Seconds(300), 5) ==
        std::vector<Millis>{Seconds(60), Seconds(120), Seconds(180), Seconds(240), Seconds(300)});
  CHECK(ticks(Seconds(15), 3) == std::vector<Millis>{Seconds(5), Seconds(10), Seconds(15)});
  CHECK(ticks(std::chrono::hours(30), 4).size() <= 4);
  CHECK(ticks(Millis(0), 4).empty());
}
