#include "cli/session/show_request.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "ecs/base/parameters.h"
#include "ecs/catalogue/catalogue.h"

using namespace preemptd;
using cli::is_secret_parameter;

namespace {

std::string shown(const ecs::Parameters& parameters, bool in_body = false) {
  http::Request request{"POST", "https://ecs.cn-hangzhou.aliyuncs.com/", {{"Authorization", "ACS3 key"}}, ""};
  (in_body ? request.body : request.url) += (in_body ? "" : "?") + ecs::canonical_query(parameters);
  return cli::request_text(request);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("show-request: every parameter of the catalogue that sounds secret is blotted out") {
  const std::regex sounds_secret("(passw|token|secret|assertion|psk|authkey|privatekey(body)?$|signature)",
                                 std::regex::icase);
  const std::regex harmless("(Client|Next)Token$|HttpTokens$|PasswordInherit$|PasswordName$|PskEnabled$|ClearAuthKey$");
  std::size_t secrets = 0;
  for (const auto product_name : ecs::catalogue::product_names()) {
    const auto product = *ecs::catalogue::find_product(product_name);
    for (const auto& action : ecs::catalogue::action_names(product)) {
      for (const auto& name : ecs::catalogue::wire_names(*ecs::catalogue::find_action(product, action))) {
        if (!std::regex_search(name, sounds_secret) || std::regex_search(name, harmless)) continue;
        CAPTURE(action);
        CAPTURE(name);
        CHECK(is_secret_parameter(name));
        ++secrets;
      }
    }
  }
  CHECK(secrets > 10);
}

TEST_CASE("show-request: a secret is known by its last word, in any case and at any depth") {
  for (const char* name :
       {"VncPassword", "vncpassword", "OIDCToken", "SAMLAssertion", "Psk", "AuthKey", "Token",
        "LaunchConfiguration.Password", "SomeSecret", "TunnelOptionsSpecification.2.TunnelIkeConfig.Psk", "AccessKeyId",
        "Signature", "SecurityToken"}) {
    CAPTURE(name);
    CHECK(is_secret_parameter(name));
  }
  for (const char* name : {"ClientToken", "NextToken", "HttpTokens", "PasswordInherit", "PskEnabled", "SignatureNonce",
                           "Tag.1.Key", "KeyPairName"}) {
    CAPTURE(name);
    CHECK_FALSE(is_secret_parameter(name));
  }
}

TEST_CASE("show-request: of what people write themselves only the length is shown") {
  for (const bool in_body : {false, true}) {
    const auto text =
        shown({{"UserData", "aHVudGVyMg=="}, {"Parameters", R"({"p":"hunter2"})"}, {"InstanceName", "a b"}}, in_body);
    CHECK(has(text, "UserData=*** (12 bytes)"));
    CHECK(has(text, "Parameters=*** (15 bytes)"));
    CHECK(has(text, "InstanceName=a b\n"));
    CHECK_FALSE(has(text, "hunter2"));
  }
}

TEST_CASE("show-request: a secret inside a JSON value is blotted out with it") {
  const auto text = shown({{"IkeConfig", R"({"Psk":"hunter2","IkeVersion":"ikev2"})"}, {"InstanceIds", R"(["i-1"])"}});
  CHECK(has(text, "IkeConfig=*** ("));
  CHECK(has(text, R"(InstanceIds=["i-1"])"));
  CHECK_FALSE(has(text, "hunter2"));
}
