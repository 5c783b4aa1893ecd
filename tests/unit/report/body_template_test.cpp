#include "report/body_template.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;

TEST_CASE("template: it sees the whole CloudEvent, and what it puts into strings is escaped") {
  const auto page = BodyTemplate::make(
      R"({"text":"{{type}} on {{subject}}: {{data.reason}}","late":{{#late}}true{{/late}}{{^late}}false{{/late}}})");
  REQUIRE(page);
  Event event = event_called("e1");
  event.data = R"({"reason":"said \"no\"\nand \\ left <b>"})";
  const auto body = page->render(event, {.late = true, .lost = 0});
  REQUIRE(body);
  const auto json = core::Json::parse(*body);
  CHECK(json["text"] == "preemptd.hook.finished on i-1: said \"no\"\nand \\ left <b>");
  CHECK(json["late"] == true);
}

TEST_CASE("template: numbers and lists can be put in") {
  const auto page = BodyTemplate::make(R"({"n":"{{data.n}}","names":[{{#data.list}}"{{.}}",{{/data.list}}null]})");
  REQUIRE(page);
  Event event = event_called("e1");
  event.data = R"({"n":12,"list":["a","b"]})";
  CHECK(*page->render(event, {}) == R"({"n":"12","names":["a","b",null]})");
}

TEST_CASE("template: one that cannot work is found when it is made") {
  for (const char* text : {"", "not json", R"({"a":"{{type"})", R"({"a":"{{#data}}"})", R"({"a":{{type}}})", R"({"a":"{{{data.reason}}}"})"}) {
    CAPTURE(text);
    CHECK_FALSE(BodyTemplate::make(text).has_value());
  }
}
