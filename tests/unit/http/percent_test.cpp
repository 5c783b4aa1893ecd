#include "http/percent.h"

#include <doctest/doctest.h>

using namespace preemptd;

TEST_CASE("http: percent-encoding leaves only unreserved characters") {
  struct Row {
    const char* plain;
    const char* encoded;
  };
  for (const auto& row : {Row{"", ""}, Row{"AZaz09-_.~", "AZaz09-_.~"}, Row{" ", "%20"}, Row{"*+/", "%2A%2B%2F"},
                          Row{"é中", "%C3%A9%E4%B8%AD"}, Row{"!'()", "%21%27%28%29"}, Row{"a=b&c", "a%3Db%26c"},
                          Row{"\x01\x7f\xff", "%01%7F%FF"}}) {
    CAPTURE(row.plain);
    CHECK(http::percent_encode(row.plain) == row.encoded);
    CHECK(http::percent_decode(row.encoded) == row.plain);
  }
}

TEST_CASE("http: percent-decoding keeps a plus and refuses half an escape") {
  CHECK(http::percent_decode("a+b") == "a+b");
  CHECK(http::percent_decode("%7e%7E") == "~~");
  for (const char* bad : {"%", "%4", "a%zz", "%4g"}) CHECK_FALSE(http::percent_decode(bad).has_value());
}
