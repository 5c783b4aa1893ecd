#include "core/duration.h"

#include <doctest/doctest.h>

using namespace preemptd::core;

TEST_CASE("core: a duration survives being written and read again") {
  for (const char* text : {"0s", "1ms", "300ms", "1s", "1.5s", "90s", "119.999s", "2m", "5m", "1h30m", "2h", "24h1s"}) {
    CAPTURE(text);
    const auto value = parse_duration(text);
    REQUIRE(value.has_value());
    CHECK(format_duration(*value) == text);
  }
}

TEST_CASE("core: other ways of writing a duration are read too") {
  CHECK(*parse_duration("300s") == std::chrono::minutes(5));
  CHECK(*parse_duration("1d") == std::chrono::hours(24));
  CHECK(*parse_duration("0.25s") == Millis(250));
}

TEST_CASE("core: what is wrong with a duration is named") {
  CHECK(parse_duration("5min").error().what.find("unknown unit 'min'") != std::string::npos);
  CHECK(parse_duration("1h5").error().what.find("the unit is missing") != std::string::npos);
  CHECK(parse_duration("-5m").error().what.find("must not be negative") != std::string::npos);
}

TEST_CASE("core: a number without a unit, a sign, a blank or nonsense is refused with advice") {
  for (const char* text : {"", "90", "s", "-5s", "5 s", "5x", "1e3s", "inf", "nan", "5s6", "999999d", "1h -5m"}) {
    CAPTURE(text);
    const auto value = parse_duration(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().code == ErrorCode::bad_input);
    CHECK(value.error().what.find("write it like 90s") != std::string::npos);
  }
}
