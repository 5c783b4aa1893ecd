#include "metadata/role_credentials.h"

#include <doctest/doctest.h>

#include "core/utc.h"

using namespace preemptd;

TEST_CASE("metadata: role credentials with everything are read") {
  const auto found = metadata::parse_role_credentials(
      R"({"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t+/==","Expiration":"2030-01-01T00:00:00Z","LastUpdated":"x"})");
  REQUIRE(found.has_value());
  CHECK(found->access_key_secret.reveal() == "s");
  CHECK(found->security_token.reveal() == "t+/==");
  CHECK(found->expires == core::parse_utc("2030-01-01T00:00:00Z"));
}

TEST_CASE("metadata: role credentials that lack anything are refused") {
  for (
      const char* body :
      {"", "null", "[]", "{}", R"({"Code":"Failed"})",
       R"({"Code":"Success","AccessKeyId":"a","AccessKeySecret":"s","SecurityToken":"t"})",
       R"({"Code":"Success","AccessKeyId":"a","AccessKeySecret":"s","SecurityToken":"t","Expiration":"soon"})",
       R"({"Code":"Success","AccessKeyId":"","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})",
       R"({"Code":"Success","AccessKeyId":"a","AccessKeySecret":7,"SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})",
       R"({"AccessKeyId":"a","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})"}) {
    CAPTURE(body);
    CHECK(metadata::parse_role_credentials(body).error().code == core::ErrorCode::bad_reply);
  }
}
