#include "cli/hooks/sweep.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::cli;
using core::Seconds;
using fakes::hook;

namespace {

const Paint kPlain = [](Tone, std::string_view text) { return std::string(text); };

Sweep sweep() {
  auto critical = hook("20-save", Seconds(60));
  critical.options.importance = drain::Importance::critical;
  return sweep_of({hook("10-tell", Seconds(5)), critical}, {}, Seconds(300));
}

}  // namespace

TEST_CASE("sweep: every window from the notice down to 10 s, five seconds apart") {
  const auto windows = sweep().windows;
  REQUIRE(windows.size() == 59);
  CHECK(windows.front().notice == Seconds(300));
  CHECK(windows.back().notice == Seconds(10));
  CHECK(windows.front().fits);
  CHECK_FALSE(windows.back().fits);
}

TEST_CASE("sweep: the table says what becomes of a hook, and how much a shortened one gets") {
  const auto table = table_of(sweep());
  REQUIRE(table.columns.size() == 10);
  CHECK(table.columns.back().title == "10s");
  CHECK(table.rows[0][2].text == "complete");
  CHECK(table.rows[0].back().text == "lost");
  CHECK(table.rows[1][1].text == "critical");
  CHECK(table.rows[1].back().text.find("s of ") != std::string::npos);
}

TEST_CASE("sweep: the chart has a row a hook, and fits the terminal") {
  const auto chart = chart_of(sweep(), 80, kPlain);
  CHECK(chart.find("10-tell  █") != std::string::npos);
  CHECK(chart.find("10s\n") != std::string::npos);
  CHECK(chart_of({}, 80, kPlain).empty());
  CHECK(chart_of(sweep(), 40, kPlain).size() < chart.size());
}

TEST_CASE("sweep: the document has every window with every hook") {
  const auto json = as_json(sweep());
  CHECK(json["windows"].size() == 59);
  CHECK(json["windows"][0]["hooks"][1]["fate"] == "complete");
  CHECK(json["windows"][58]["hooks"][0]["fate"] == "lost");
}
