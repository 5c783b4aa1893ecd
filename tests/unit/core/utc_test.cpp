#include "core/utc.h"

#include <doctest/doctest.h>

using namespace preemptd::core;

TEST_CASE("core: every form of time the cloud writes is read as UTC") {
  const struct {
    const char* text;
    const char* utc;
  } kTimes[] = {{"2015-01-05T18:02:00Z", "2015-01-05T18:02:00.000Z"},
                {"2015-01-05T18:02Z", "2015-01-05T18:02:00.000Z"},
                {"2015-01-05T18:02:00.5Z", "2015-01-05T18:02:00.500Z"},
                {"2015-01-05T18:02:00.123456789Z", "2015-01-05T18:02:00.123Z"},
                {"2015-01-05T18:02:00+00:00", "2015-01-05T18:02:00.000Z"},
                {"20190409T121826.922+0800", "2019-04-09T04:18:26.922Z"},
                {"2016-02-29T23:59:60Z", "2016-02-29T23:59:59.000Z"},
                {"2099-12-31T15:59Z", "2099-12-31T15:59:00.000Z"}};
  for (const auto& time : kTimes) {
    CAPTURE(time.text);
    const auto read = parse_utc(time.text);
    REQUIRE(read.has_value());
    CHECK(format_utc_millis(*read) == time.utc);
  }
}

TEST_CASE("core: what is not exactly a time with a zone is not read") {
  for (const char* text :
       {"", " ", "2015-01-05", "2015-01-05T18:02:00", "2015-01-05 18:02:00Z", "2015-02-30T18:02:00Z",
        "2015-01-05T24:02:00Z", "2015-01-05T18:02:00Z ", "2015-01-05T18:02:00Zx", "2015-01-05T18:02:00.Z",
        "404 - Not Found", "15-01-05T18:02:00Z", "2015-01-05T18:02:00+0", "2015-13-05T18:02:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_utc(text).has_value());
  }
}

TEST_CASE("core: a Date header is read, and only in the form servers must send") {
  CHECK(format_utc(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")) == "1994-11-06T08:49:37Z");
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT"})
    CHECK_FALSE(parse_http_date(text).has_value());
}

TEST_CASE("core: times are printed for files and screens") {
  const WallTime time = *parse_utc("2026-11-23T07:08:09.045Z");
  CHECK(format_utc(time) == "2026-11-23T07:08:09Z");
  CHECK(format_utc_compact(time) == "20261123T070809Z");
  CHECK(format_clock_millis(time) == "07:08:09.045");
}
