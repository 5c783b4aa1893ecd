#include "cli/spot/price_chart.h"

#include <doctest/doctest.h>

#include "core/utc.h"

using namespace preemptd;

namespace {

core::WallTime at(const char* text) {
  return *core::parse_utc(text);
}

ecs::PriceSeries four_hours(const char* type = "ecs.g7.large") {
  return {type, "cn-hangzhou-i", "CNY", 0.8, {{at("2026-01-01T01:00:00Z"), 0.1}, {at("2026-01-01T03:00:00Z"), 0.8}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto from = text.find(part); from != text.npos; from = text.find(part, from + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("price chart: a spark has a bar for each part of the time, and a blank before the first price") {
  const auto spark = [](int cells) {
    return cli::spark(four_hours(), at("2026-01-01T00:00:00Z"), at("2026-01-01T04:00:00Z"), 0.8, cells);
  };
  CHECK(spark(4) == " ▂▂█");
  CHECK(spark(2) == "▂▅");
  CHECK(spark(0).empty());
}

TEST_CASE("price chart: without a price or a scale nothing is drawn, and nothing breaks") {
  CHECK(cli::spark({}, at("2026-01-01T00:00:00Z"), at("2026-01-01T04:00:00Z"), 0, 3) == "   ");
  CHECK(cli::spark(four_hours(), at("2026-01-01T02:00:00Z"), at("2026-01-01T02:00:00Z"), 0.8, 2) == "  ");
  CHECK(cli::svg_of({}).starts_with("<svg "));
}

TEST_CASE("price chart: the picture has a line for each series, and one for the bid") {
  const cli::PriceChart chart{
      {four_hours(), four_hours("a<b>")}, at("2026-01-01T00:00:00Z"), at("2026-01-01T04:00:00Z"), 0.4};
  const auto picture = cli::svg_of(chart);
  CHECK(count(picture, "<path ") == 2);
  CHECK(count(picture, "class=\"bid\"") == 1);
  CHECK(picture.find("a&lt;b&gt; cn-hangzhou-i, CNY an hour") != picture.npos);
  CHECK(picture.find("a<b>") == picture.npos);
  CHECK(picture.find("2026-01-01T04:00:00Z") != picture.npos);
  CHECK(picture.find("nan") == picture.npos);
}
