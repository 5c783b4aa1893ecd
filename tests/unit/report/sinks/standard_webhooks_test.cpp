#include "report/sinks/standard_webhooks.h"

#include <doctest/doctest.h>

#include "report/sinks/hmac.h"

using namespace preemptd;
using namespace preemptd::report;

namespace {
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOther = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const core::WallTime kTime{core::Seconds(1614265330)};
}  // namespace

TEST_CASE("standard webhooks: the published vector") {
  const auto keys = parse_webhook_secrets(kSecret);
  REQUIRE(keys);
  CHECK(webhook_timestamp(kTime) == "1614265330");
  CHECK(webhook_signature(*keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", kTime, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("standard webhooks: while a receiver changes over, both keys sign") {
  const auto keys = parse_webhook_secrets(std::string("# new\n") + kOther + "\n\n# old\n" + kSecret + "\r\n");
  REQUIRE(keys);
  REQUIRE(keys->size() == 2);
  const auto header = webhook_signature(*keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", kTime, R"({"test": 2432232314})");
  CHECK(header.ends_with(" v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
  CHECK(header.starts_with("v1,"));
}

TEST_CASE("standard webhooks: a secret that is none is refused without being repeated") {
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"", "no secret in it"},
      {"# only a comment\n", "no secret in it"},
      {"hunter2", "line 1 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"},
      {"whsec_hunter2", "line 1 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"},
      {"whsec_" + base64(std::string(23, 'k')), "line 1 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"},
      {"whsec_" + base64(std::string(65, 'k')), "line 1 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"},
      {std::string(kSecret) + "\nwhsec_!", "line 2 is not a secret of the form whsec_<base64 of 24 to 64 bytes>"},
  };
  for (const auto& c : cases) {
    const auto keys = parse_webhook_secrets(c.text);
    REQUIRE_FALSE(keys);
    CHECK(keys.error().what == c.error);
  }
}

TEST_CASE("base64: both ways, and only the one right spelling") {
  for (std::string text : {"", "f", "fo", "foo", "foob", "\x00\xff"}) {
    if (!text.empty()) CHECK(from_base64(base64(text)) == text);
  }
  CHECK(base64("foob") == "Zm9vYg==");
  for (const char* bad : {"", "Zg", "Zg=", "Zh==", " Zg==", "Zg==\n", "Z===", "!!!!", "Zm9=Zg=="}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad).has_value());
  }
}
