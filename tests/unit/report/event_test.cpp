#include "report/event.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;

TEST_CASE("event: the structured form holds all attributes and the data as JSON") {
  const auto json = core::Json::parse(to_structured(event_called("e1"), {.late = true, .lost = 2}));
  CHECK(json == core::Json::parse(R"({
    "specversion": "1.0", "id": "e1", "type": "preemptd.hook.finished", "source": "preemptd://cn-hangzhou/i-1",
    "subject": "i-1", "time": "2027-01-15T08:00:00.123Z", "datacontenttype": "application/json",
    "data": {"hook": "20-x"}, "late": true, "lost": 2})"));
}

TEST_CASE("event: attributes that say nothing are not written") {
  CloudEvent event = event_called("e1");
  event.subject.clear();
  const auto json = core::Json::parse(to_structured(event));
  CHECK_FALSE(json.contains("subject"));
  CHECK_FALSE(json.contains("late"));
  CHECK_FALSE(json.contains("lost"));
}

TEST_CASE("event: what is merged into one is in its data in short, in both forms, and fits") {
  CloudEvent hook = event_called(std::string(128, 'h'));
  hook.data = core::dump_json({{"hook", std::string(64, 'x')},
                               {"outcome", "failed"},
                               {"attempt", 3},
                               {"took_ms", 300'000},
                               {"event", "drain"},
                               {"stderr", {{"tail", std::string(2000, 'e')}}}});
  Remarks remarks;
  remarks.merged.assign(64, hook);
  const auto json = core::Json::parse(to_structured(hook, remarks));
  CHECK(json["data"]["merged"].size() == 64);
  CHECK(json["data"]["merged"][0]["outcome"] == "failed");
  CHECK(json["data"]["merged"][0]["id"] == hook.id);
  CHECK_FALSE(json["data"]["merged"][0].contains("stderr"));
  CHECK(core::Json::parse(data_text(hook, remarks)) == json["data"]);
  CHECK(to_structured(hook, remarks).size() < kEventLimit);
}

TEST_CASE("event: the structured form is read back as it was") {
  const auto back = parse_structured(core::Json::parse(to_structured(event_called("e1"))));
  REQUIRE(back);
  CHECK(*back == event_called("e1"));
}

TEST_CASE("event: the binary form percent-encodes what headers cannot hold") {
  CloudEvent event = event_called("e1");
  event.subject = "a b\"%é\n";
  std::string subject;
  bool has_content_type = false;
  for (const auto& header : to_binary_headers(event)) {
    if (header.name == "ce-subject") subject = header.value;
    has_content_type = has_content_type || header.name == "ce-datacontenttype";
  }
  CHECK(subject == "a%20b%22%25%C3%A9%0A");
  CHECK_FALSE(has_content_type);
}

TEST_CASE("event: what cannot be told is refused before it is stored") {
  const struct {
    const char* id;
    const char* type;
    std::string data;
    bool good;
  } cases[] = {
      {"n-1-abc", "preemptd.notice.seen", "{}", true},
      {"has.dot", "preemptd.notice.seen", "{}", false},
      {"has/slash", "preemptd.notice.seen", "{}", false},
      {"", "preemptd.notice.seen", "{}", false},
      {"x", "", "{}", false},
      {"x", "preemptd.notice.seen", "[]", false},
      {"x", "preemptd.notice.seen", "{", false},
      {"x", "preemptd.notice.seen", R"({"a":")" + std::string(64 * 1024, 'a') + "\"}", false},
  };
  for (const auto& c : cases) {
    CloudEvent event = event_called(c.id, c.type);
    event.data = c.data;
    CAPTURE(c.id);
    CHECK(check_event(event).has_value() == c.good);
  }
}

TEST_CASE("event: the source is an absolute URI even when nothing is known yet") {
  CHECK(source_of("cn-hangzhou", "i-bp1") == "preemptd://cn-hangzhou/i-bp1");
  CHECK(source_of("", "") == "preemptd://unknown/unknown");
  CHECK(source_of("a b", "../x") == "preemptd://unknown/unknown");
}
