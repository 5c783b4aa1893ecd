#include "cli/terminal/times.h"

#include <doctest/doctest.h>

#include "core/utc.h"

using namespace preemptd;

TEST_CASE("times: a bare date is its first instant, and nonsense is no time") {
  CHECK(core::format_utc(*cli::time_in("2026-03-04")) == "2026-03-04T00:00:00Z");
  CHECK(core::format_utc(*cli::time_in("2026-03-04T05:05Z")) == "2026-03-04T05:05:00Z");
  for (const char* word : {"tomorrow", "2026-3-4", "2026-13-40", "", "20260304ab"}) CHECK_FALSE(cli::time_in(word));
  CHECK(cli::minute_text(*cli::time_in("2026-03-04T05:05:59Z")) == "2026-03-04T05:05Z");
}
