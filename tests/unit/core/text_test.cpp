#include "core/text.h"

#include <doctest/doctest.h>

using namespace preemptd::core;

TEST_CASE("core: untrusted text cannot drive a terminal or start a new log line") {
  CHECK(printable("plain\tcafé") == "plain\tcafé");
  CHECK(printable("a\nb\r") == "a\\nb\\x0D");
  CHECK(printable("\x1b[31mred") == "\\x1B[31mred");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9B31m");
  CHECK(printable("bad\xff\xc0\xaf") == "bad\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(printable("\xed\xa0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(printable("abcdef", 3) == "abc…");
}

TEST_CASE("core: a misspelt name finds its neighbour, a stranger does not") {
  const std::vector<std::string> names{"interval", "timeout", "allow_plain"};
  CHECK(nearest("intervall", names) == "interval");
  CHECK(nearest("time_out", names) == "timeout");
  CHECK(nearest("paln", {"list", "plan"}) == "plan");
  CHECK_FALSE(nearest("endpoint", names).has_value());
}

TEST_CASE("core: of a URL only scheme, host and port are shown") {
  CHECK(redact_url("https://oapi.dingtalk.com/robot/send?access_token=abc") == "https://oapi.dingtalk.com/…");
  CHECK(redact_url("http://user:pass@10.0.0.1:8080/") == "http://10.0.0.1:8080");
  CHECK(redact_url("not a url") == "…");
}

TEST_CASE("core: what slipped into a log line is masked") {
  CHECK(redact("AccessKeyId=LTAI123 rest") == "AccessKeyId=*** rest");
  CHECK(redact(R"({"SecurityToken":"abc","n":1})") == R"({"SecurityToken=***","n":1})");
  CHECK(redact("x?access_token=abc&y=1") == "x?access_token=***&y=1");
  CHECK(redact("secret whsec_MfKQ9r8G end") == "secret whsec_*** end");
  CHECK(redact("Authorization: Bearer abc.def") == "Authorization: Bearer=***");
  CHECK(redact("nothing to hide") == "nothing to hide");
}

TEST_CASE("core: text is split, trimmed and compared") {
  CHECK(trim(" \r\n x y\t") == "x y");
  CHECK(trim(" \n").empty());
  CHECK(equal_ignoring_case("Recycling", "recycling"));
  CHECK_FALSE(equal_ignoring_case("Recycling", "recyclin"));
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
}
