#include "report/sinks/body_template.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;

TEST_CASE("template: it sees the whole CloudEvent, and what it puts into strings is escaped") {
  const auto page = BodyTemplate::make(
      R"({"text":"{{type}} on {{subject}}: {{data.reason}}","late":{{#late}}true{{/late}}{{^late}}false{{/late}}})",
      {event_called("e")});
  REQUIRE(page);
  CloudEvent event = event_called("e1");
  event.data = R"({"reason":"said \"no\"\nand \\ left <b>"})";
  const auto body = page->render(event, {.late = true, .lost = 0});
  REQUIRE(body);
  const auto json = core::Json::parse(*body);
  CHECK(json["text"] == "preemptd.hook.finished on i-1: said \"no\"\nand \\ left <b>");
  CHECK(json["late"] == true);
}

TEST_CASE("template: numbers and lists can be put in") {
  const auto page = BodyTemplate::make(R"({"n":"{{data.n}}","names":[{{#data.list}}"{{.}}",{{/data.list}}null]})", {});
  REQUIRE(page);
  CloudEvent event = event_called("e1");
  event.data = R"({"n":12,"list":["a","b"]})";
  CHECK(*page->render(event, {}) == R"({"n":"12","names":["a","b",null]})");
}

TEST_CASE("template: one that cannot work is found when it is made") {
  for (const char* text : {"", "not json", R"({"a":"{{type"})", R"({"a":"{{#data}}"})", R"({"a":{{type}}})",
                           R"({"a":"{{{data.reason}}}"})"}) {
    CAPTURE(text);
    CloudEvent event = event_called("e");
    event.data = R"({"reason":"a \"quoted\" text"})";
    CHECK_FALSE(BodyTemplate::make(text, {event}).has_value());
  }
}

TEST_CASE("template: one that works for some events only is found by a sample of the others") {
  const std::string text = R"({"failed":{{data.failed}}})";
  CloudEvent end = event_called("e", "preemptd.drain.finished");
  end.data = R"({"failed":0})";
  CHECK(BodyTemplate::make(text, {end}).has_value());
  const auto refused = BodyTemplate::make(text, {end, event_called("h")});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().what.find("preemptd.hook.finished") != std::string::npos);
}
