#include "simulator/api/authenticator.h"

#include <doctest/doctest.h>

#include "core/utc.h"
#include "simulator/api/signature.h"
#include "simulator/cloud/digest.h"

using namespace preemptd;
using namespace preemptd::simulator;

namespace {

const core::WallTime kNow{core::Seconds(1'800'000'000)};

struct Door {
  Keyring keys{[](std::size_t length) { return std::string(length, 'f'); }};
  Authenticator gate{keys};

  Door() {
    keys.add(*parse_access_key("id:secret"));
    keys.add(*parse_access_key("STS.id:sts-secret:token"));
    keys.add(*parse_access_key("STS.second:sts-secret:second-token"));
  }

  std::string code(const HttpRequest& request, core::Millis clock_error = core::Millis{0}) {
    const auto admitted = gate.admit(request, present(request), {kNow, clock_error});
    return admitted ? "" : admitted.error().code;
  }
};

/// A V1 GET signed with `secret`.
HttpRequest v1(Parameters more = {}, const std::string& secret = "secret") {
  more.merge(Parameters{{"Action", "DescribeRegions"},
                        {"Version", "2014-05-26"},
                        {"Format", "JSON"},
                        {"AccessKeyId", "id"},
                        {"SignatureMethod", "HMAC-SHA1"},
                        {"SignatureVersion", "1.0"},
                        {"SignatureNonce", "n1"},
                        {"Timestamp", core::format_utc(kNow)}});
  more["Signature"] = hmac_sha1_base64(secret + "&", v1_string_to_sign("GET", more));
  HttpRequest request;
  request.method = "GET";
  request.target = "/?" + canonical_form(more);
  return request;
}

}  // namespace

TEST_CASE("simulator: a nonce opens the door once") {
  Door door;
  CHECK(door.code(v1()) == "");
  CHECK(door.code(v1()) == "SignatureNonceUsed");
  CHECK(door.code(v1({{"SignatureNonce", "n2"}})) == "");
}

TEST_CASE("simulator: a forged request does not spend its nonce") {
  Door door;
  CHECK(door.code(v1({}, "wrong")) == "SignatureDoesNotMatch");
  CHECK(door.code(v1()) == "");
}

TEST_CASE("simulator: fifteen minutes either way are let through, by the server's own clock") {
  Door door;
  const auto at = [](core::Seconds off) {
    return v1({{"Timestamp", core::format_utc(kNow + off)}, {"SignatureNonce", std::to_string(off.count())}});
  };
  CHECK(door.code(at(core::Seconds(900))) == "");
  CHECK(door.code(at(core::Seconds(-900))) == "");
  CHECK(door.code(at(core::Seconds(901))) == "InvalidTimeStamp.Expired");
  CHECK(door.code(at(core::Seconds(-901))) == "InvalidTimeStamp.Expired");
  CHECK(door.code(at(core::Seconds(0)), core::Seconds(3600)) == "InvalidTimeStamp.Expired");
  CHECK(door.code(at(core::Seconds(3600)), core::Seconds(3600)) == "");
  CHECK(door.code(v1({{"Timestamp", "yesterday"}})) == "InvalidTimeStamp.Format");
}

TEST_CASE("simulator: keys and their tokens") {
  struct Row {
    Parameters parameters;
    const char* secret;
    const char* code;
  };
  const Row rows[] = {
      {{{"AccessKeyId", "nobody"}}, "secret", "InvalidAccessKeyId.NotFound"},
      {{{"SecurityToken", "token"}}, "secret", "InvalidSecurityToken.MismatchWithAccessKey"},
      {{{"AccessKeyId", "STS.id"}}, "sts-secret", "MissingSecurityToken"},
      {{{"AccessKeyId", "STS.id"}, {"SecurityToken", "other"}}, "sts-secret", "InvalidSecurityToken.Malformed"},
      {{{"AccessKeyId", "STS.id"}, {"SecurityToken", "second-token"}},
       "sts-secret",
       "InvalidSecurityToken.MismatchWithAccessKey"},
      {{{"AccessKeyId", "STS.id"}, {"SecurityToken", "token"}}, "sts-secret", ""},
      {{{"SignatureMethod", "MD5"}}, "secret", "InvalidParamater"},
      {{{"SignatureNonce", ""}}, "secret", "MissingParameter"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.code));
    CHECK(Door().code(v1(row.parameters, row.secret)) == row.code);
  }
}

TEST_CASE("simulator: issued credentials end at their time") {
  Door door;
  const AccessKey& key = door.keys.issue("role:session", kNow - std::chrono::hours(1), core::Seconds(3600));
  const auto request = v1({{"AccessKeyId", key.id}, {"SecurityToken", std::string(key.token.reveal())}},
                          std::string(key.secret.reveal()));
  CHECK(door.code(request) == "InvalidSecurityToken.Expired");
}

TEST_CASE("simulator: a role's credentials are renewed half an hour before they end, and the old ones live on") {
  std::size_t made = 0;
  Keyring keys([&](std::size_t length) { return std::string(length, static_cast<char>('a' + ++made % 26)); });
  const core::Seconds life(6 * 3600);
  const std::string first = keys.current_for("r:i", kNow, life).id;
  CHECK(keys.current_for("r:i", kNow + std::chrono::hours(5), life).id == first);
  const auto late = kNow + std::chrono::minutes(5 * 60 + 31);
  CHECK(keys.current_for("r:i", late, life).id != first);
  REQUIRE(keys.find(first) != nullptr);
  CHECK(*keys.find(first)->expires > late);
}

TEST_CASE("simulator: a request without any signature is told so") {
  HttpRequest request;
  request.method = "GET";
  request.target = "/?Action=DescribeRegions&Version=2014-05-26";
  CHECK(Door().code(request) == "MissingAccessKeyId");
  request.headers.push_back({"Authorization", "ACS3-HMAC-SHA256 nonsense"});
  CHECK(Door().code(request) == "IncompleteSignature");
}
