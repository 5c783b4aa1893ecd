#include "cli/spot/price_plot.h"

#include <doctest/doctest.h>

#include "core/text.h"
#include "core/utc.h"

using namespace preemptd;

namespace {

const core::WallTime kBegin = *core::parse_utc("2026-01-01T00:00:00Z");

/// A day in which it costs twice as much from noon on.
cli::PriceChart doubled() {
  return {{{"ecs.g7.large", "z", "CNY", 1.0, {{kBegin, 0.4}, {kBegin + std::chrono::hours(12), 0.8}}}},
          kBegin,
          kBegin + std::chrono::hours(24),
          std::nullopt};
}

std::string plain(cli::Tone, std::string_view text) {
  return std::string(text);
}

}  // namespace

TEST_CASE("price plot: columns are as high as the price, on one scale from 0") {
  const auto text = cli::price_plot(doubled(), 50, plain);
  const auto lines = core::split(text, '\n');
  REQUIRE(lines.size() == 11);  // name, eight rows, the time, and what follows the last newline
  CHECK(lines[0] == "ecs.g7.large  z");
  CHECK(lines[1].substr(0, 8) == "   0.800");
  std::string low, high;
  for (int i = 0; i < 20; ++i) low += " ", high += "█";
  CHECK(lines[1].find(low + high) != std::string_view::npos);   // top row: only the dear half
  CHECK(lines[8].find(high + high) != std::string_view::npos);  // bottom row: both
  CHECK(lines[9].find("2026-01-01T00:00Z") != std::string_view::npos);
}

TEST_CASE("price plot: time before the first price stays empty, and no line ends in blanks") {
  auto late = doubled();
  late.series[0].steps.erase(late.series[0].steps.begin());
  const auto text = cli::price_plot(late, 50, plain);
  CHECK(text.find("┤" + std::string(20, ' ') + "█") != std::string::npos);
  CHECK(cli::price_plot(doubled(), 50, plain).find(" \n") == std::string::npos);
}

TEST_CASE("price plot: nothing is drawn of no series") {
  CHECK(cli::price_plot({{}, kBegin, kBegin, std::nullopt}, 80, plain).empty());
}
