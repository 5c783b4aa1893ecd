#include "simulator/api/signature.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "simulator/api/authenticator.h"
#include "simulator/cloud/digest.h"

using namespace preemptd;
using namespace preemptd::simulator;
using core::Json;

namespace {

Json vectors(const char* file) {
  std::ifstream in(std::string(PREEMPTD_TEST_DATA "/vectors/") + file);
  return Json::parse(in).at("vectors");
}

/// A V3 vector as the server receives it.
HttpRequest v3_request(const Json& vector) {
  HttpRequest request;
  request.method = vector.at("method");
  request.target = vector.at("wire").at("target");
  for (const auto& [name, value] : vector.at("headers").items()) request.headers.push_back({name, value});
  request.body = vector.contains("body_base64") ? base64_decode(vector.at("body_base64").get<std::string>())
                                                : vector.at("body").get<std::string>();
  return request;
}

HttpRequest v1_request(const Json& vector) {
  HttpRequest request;
  request.method = vector.at("method");
  request.target = vector.at("wire").at("target");
  if (vector.at("wire").at("content_type").is_string())
    request.headers.push_back({"Content-Type", vector.at("wire").at("content_type")});
  request.body = vector.at("wire").at("body");
  return request;
}

}  // namespace

TEST_CASE("simulator: every V3 request the official SDKs signed is right, and wrong under another secret") {
  for (const auto& vector : vectors("signing-v3.json")) {
    CAPTURE(vector.at("id").get<std::string>());
    const HttpRequest request = v3_request(vector);
    const auto query = parse_form(request.query());
    REQUIRE(query);
    const auto authorization = parse_v3_authorization(vector.at("authorization").get<std::string>());
    REQUIRE(authorization);
    CHECK(v3_canonical_request(request, *query, authorization->signed_headers) == vector.at("canonical_request"));
    const auto secret = vector.at("credentials").at("access_key_secret").get<std::string>();
    CHECK(hmac_sha256_hex(secret, v3_string_to_sign(vector.at("canonical_request").get<std::string>())) ==
          vector.at("signature"));
    CHECK_FALSE(check_v3(request, *query, *authorization, secret + "x"));
    // Actions of other products sign fewer headers than this one asks for.
    if (request.header("x-acs-action") && request.header("x-acs-version"))
      CHECK(check_v3(request, *query, *authorization, secret));
  }
}

TEST_CASE("simulator: every V1 request the official SDKs signed is right, wherever its parameters stand") {
  for (const auto& vector : vectors("signing-v1.json")) {
    CAPTURE(vector.at("id").get<std::string>());
    const ParsedRequest presented = present(v1_request(vector));
    REQUIRE(presented.legible);
    CHECK(v1_string_to_sign(vector.at("method").get<std::string>(), presented.all) == vector.at("string_to_sign"));
    const auto secret = vector.at("credentials").at("access_key_secret").get<std::string>();
    CHECK(check_v1(vector.at("method").get<std::string>(), presented.all, secret));
    CHECK_FALSE(check_v1(vector.at("method").get<std::string>(), presented.all, secret + "x"));
  }
}

TEST_CASE("simulator: a header that is there but not signed makes a V3 signature incomplete") {
  const Json all = vectors("signing-v3.json");
  const Json& vector = all.at(0);
  HttpRequest request = v3_request(vector);
  request.headers.push_back({"X-Acs-Extra", "1"});
  const auto authorization = parse_v3_authorization(vector.at("authorization").get<std::string>());
  const auto checked = check_v3(request, *parse_form(request.query()), *authorization,
                                vector.at("credentials").at("access_key_secret").get<std::string>());
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == "IncompleteSignature");
}

TEST_CASE("simulator: percent-coding") {
  CHECK(percent_encode("a*b~c+d/é !") == "a%2Ab~c%2Bd%2F%C3%A9%20%21");
  CHECK(percent_decode("a%2Ab~c%2bd", false) == "a*b~c+d");
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK(percent_decode("a+b", false) == "a+b");
  for (const char* broken : {"%", "%4", "a%zz", "%4g"}) CHECK_FALSE(percent_decode(broken, true));
  CHECK_FALSE(parse_form("a=1&b=%"));
  CHECK(canonical_form({{"Tag.2.Key", ""}, {"Tag.10.Key", "b"}, {"a", "x y"}}) == "Tag.10.Key=b&Tag.2.Key=&a=x%20y");
}

TEST_CASE("simulator: base64") {
  for (const char* text : {"", "a", "ab", "abc", "abcd"}) {
    CHECK(is_base64(base64(text)));
    CHECK(base64_decode(base64(text)) == text);
  }
  for (const char* broken : {"a", "ab=", "a===", "=abc", "ab!=", "ab==ab=="}) CHECK_FALSE(is_base64(broken));
}
