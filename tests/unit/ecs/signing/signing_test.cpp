#include "ecs/signing/v1.h"
#include "ecs/signing/v3.h"

#include "core/utc.h"
#include "ecs/signing/digest.h"
#include "ecs/signing/signed_request.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using ecs::testing::data_file;
using nlohmann::json;

namespace {

core::Secret secret_of(const json& vector) {
  return core::Secret(vector["credentials"]["access_key_secret"].get<std::string>());
}

std::string bytes_of_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    value = value << 6U | static_cast<unsigned>(digits.find(c));
    if ((bits += 6) >= 8) bytes += static_cast<char>(value >> static_cast<unsigned>(bits -= 8));
  }
  return bytes;
}

}  // namespace

TEST_CASE("ecs: every recorded V3 signature is reproduced, step by step") {
  const auto file = data_file("vectors/signing-v3.json");
  REQUIRE(file["vectors"].size() >= 114);
  for (const auto& vector : file["vectors"]) {
    CAPTURE(vector["id"].get<std::string>());
    const auto query = ecs::canonical_query(vector["query"].get<ecs::Parameters>());
    const auto body =
        vector.contains("body_base64") ? bytes_of_base64(vector["body_base64"]) : vector["body"].get<std::string>();
    const auto method = vector["method"].get<std::string>(), path = vector["path"].get<std::string>();
    const auto hash = ecs::sha256_hex(body);
    ecs::V3Input input{method, path, query, {}, hash};
    for (const auto& [name, value] : vector["headers"].items()) input.headers.push_back({name, value});
    const auto out = ecs::sign_v3(input, vector["credentials"]["access_key_id"].get<std::string>(), secret_of(vector));
    CHECK(hash == vector["payload_sha256"]);
    CHECK(query == vector["canonical_query"]);
    CHECK(out.canonical_headers == vector["canonical_headers"]);
    CHECK(out.signed_headers == vector["signed_headers"]);
    CHECK(out.canonical_request == vector["canonical_request"]);
    CHECK(out.string_to_sign == vector["string_to_sign"]);
    CHECK(out.signature == vector["signature"]);
    CHECK(out.authorization == vector["authorization"]);
  }
}

TEST_CASE("ecs: a path is signed as the official SDK signs it: +, * and %7E in their canonical form") {
  ecs::V3Input input;
  input.method = "GET";
  input.path = "/a+b*c%7Ed+~%7e";
  CHECK(ecs::sign_v3(input, "id", core::Secret("s")).canonical_request.starts_with("GET\n/a%20b%2Ac~d%20~%7e\n"));
}

TEST_CASE("ecs: every recorded V1 signature is reproduced, step by step") {
  const auto file = data_file("vectors/signing-v1.json");
  REQUIRE(file["vectors"].size() >= 169);
  for (const auto& vector : file["vectors"]) {
    CAPTURE(vector["id"].get<std::string>());
    const auto out =
        ecs::sign_v1(vector["method"].get<std::string>(), vector["params"].get<ecs::Parameters>(), secret_of(vector));
    CHECK(out.canonicalized_query == vector["canonicalized_query"]);
    CHECK(out.string_to_sign == vector["string_to_sign"]);
    CHECK(out.signature == vector["signature"]);
  }
}

namespace {

const ecs::Credentials kKey{"STS.ExampleAccessKeyId", core::Secret("ExampleAccessKeySecret"),
                            core::Secret("ExampleSecurityToken+/="), "test"};
const ecs::Moment kMoment{*core::parse_utc("2024-05-06T07:08:09Z"), "b7a1c2d3e4f5061728394a5b6c7d8e9f"};

ecs::Call nasty_call() {
  return {ecs::kEcs,
          "DescribeInstances",
          {{"RegionId", "cn-hangzhou"},
           {"InstanceIds", R"(["i-bp1example0001","i-bp1example0002"])"},
           {"Tag.1.Key", "team name"},
           {"Tag.1.Value", "a*b~c+d/é"},
           {"MaxResults", "100"}}};
}

std::string sent_header(const http::Request& request, const std::string& name) {
  return std::string(http::Reply{0, request.headers, {}}.header(name).value_or(""));
}

}  // namespace

TEST_CASE("ecs: a whole V3 request carries the documented signature") {
  const auto request = ecs::signed_request(nasty_call(), "https://ecs.cn-hangzhou.aliyuncs.com", kKey, kMoment,
                                           ecs::SignatureVersion::v3);
  CHECK(request.method == "POST");
  CHECK(request.body.empty());
  CHECK(request.url.ends_with("Tag.1.Value=a%2Ab~c%2Bd%2F%C3%A9"));
  CHECK(sent_header(request, "Authorization")
            .ends_with("Signature=a33cdb433c4064cd0cd2df44b9bac78cd71010c23ec4f5ae40f340df99891cad"));
}

TEST_CASE("ecs: a whole V1 request carries the documented signature") {
  const auto request = ecs::signed_request(nasty_call(), "https://ecs.cn-hangzhou.aliyuncs.com", kKey, kMoment,
                                           ecs::SignatureVersion::v1);
  CHECK(request.url.find("&Signature=3rLaaaMYFXeUdNjloQJ1noQli7Y%3D&") != std::string::npos);
}

TEST_CASE("ecs: parameters too long for a request line travel in a signed form body") {
  auto call = nasty_call();
  call.parameters["UserData"] = std::string(20000, 'x');
  const auto v3 = ecs::signed_request(call, "https://e", kKey, kMoment, ecs::SignatureVersion::v3);
  CHECK(v3.url == "https://e/");
  CHECK(v3.body == ecs::canonical_query(call.parameters));
  CHECK(sent_header(v3, "x-acs-content-sha256") == ecs::sha256_hex(v3.body));
  CHECK(sent_header(v3, "content-type") == "application/x-www-form-urlencoded");
  CHECK(sent_header(v3, "Authorization").find("SignedHeaders=content-type;host;") != std::string::npos);
  const auto v1 = ecs::signed_request(call, "https://e", kKey, kMoment, ecs::SignatureVersion::v1);
  CHECK(v1.url == "https://e/");
  CHECK(v1.body.find("Signature=") != std::string::npos);
}

TEST_CASE("ecs: two nonces are never alike") {
  CHECK(ecs::random_hex().size() == 32);
  CHECK(ecs::random_hex() != ecs::random_hex());
}
