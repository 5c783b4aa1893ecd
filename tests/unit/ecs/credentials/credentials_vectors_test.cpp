#include <algorithm>
#include <set>

#include "ecs/credentials/exchanged.h"
#include "ecs/credentials/ini.h"
#include "http/percent.h"
#include "metadata/role_credentials.h"
#include "unit/ecs/credentials/recorded_world.h"

using namespace preemptd;
using core::ErrorCode;
using ecs::testing::data_file;
using ecs::testing::json;
using ecs::testing::kBy;
using ecs::testing::RecordedWorld;

namespace {

/// "a=b&c=d" as a map of decoded pairs.
std::map<std::string, std::string> pairs_of(std::string_view text) {
  std::map<std::string, std::string> found;
  for (const auto pair : core::split(text, '&')) {
    const auto equals = pair.find('=');
    if (equals != pair.npos)
      found[*http::percent_decode(pair.substr(0, equals))] = *http::percent_decode(pair.substr(equals + 1));
  }
  return found;
}

bool is_made_up(const std::string& session_name) {
  return session_name.starts_with("credentials-nodejs-") || session_name.starts_with("preemptd-");
}

/// What counts of one request, whichever way it is percent-encoded: a session name the SDK made up for itself counts as
/// any other such name, and a signature over it is not compared.
json facts(const std::string& method, const std::string& host, const std::string& target, const json& headers,
           const std::string& body) {
  const auto question = target.find('?');
  auto query = pairs_of(question == std::string::npos ? "" : target.substr(question + 1));
  auto form = pairs_of(body);
  if (is_made_up(form["RoleSessionName"])) {
    form["RoleSessionName"] = "made up";
    query.erase("Signature");
  }
  return {{"method", method}, {"host", host}, {"path", target.substr(0, question)},
          {"query", query},   {"form", form}, {"headers", headers}};
}

json recorded_facts(const json& request) {
  return facts(request["method"], request["host"], request["target"], request["headers"], request.value("body", ""));
}

json sent_facts(const http::Request& request) {
  json headers = json::object();
  for (const auto& each : request.headers) headers[core::to_lower(each.name)] = each.value;
  const auto host = request.url.find("://") + 3, slash = request.url.find('/', host);
  return facts(request.method, request.url.substr(host, slash - host), request.url.substr(slash), headers,
               request.body);
}

bool asks_for_second_token(const json& request, const std::vector<json>& before) {
  const auto asks = [](const json& each) { return each["method"] == "PUT"; };
  return asks(request) && std::any_of(before.begin(), before.end(), asks);
}

/// What the SDK sent, less what we leave out on purpose: the requests to https://undefined/, and asking for a new
/// metadata token although one was had, or refused, within the same search. Our search after a search that found
/// nothing starts again; `only_first` leaves out what came after the first one.
std::vector<json> expected_requests(const json& scenario, bool only_first) {
  std::vector<json> all;
  for (const auto& each : scenario.value("requests", json::array())) {
    if (each["to"].get<std::string>().starts_with("nowhere")) {
      if (only_first) break;
      continue;
    }
    if (!asks_for_second_token(each, all)) all.push_back(recorded_facts(each));
  }
  return all;
}

std::vector<json> sent_requests(const RecordedWorld& world) {
  std::vector<json> all;
  for (const auto& each : world.net.requests) {
    auto seen = sent_facts(each);
    if (!asks_for_second_token(seen, all)) all.push_back(std::move(seen));
  }
  return all;
}

json metadata_server(const json& scenario) {
  return scenario.value("metadata_server", json::object());
}

/// Where we differ on purpose: a key that has expired already is never handed out.
bool gives_expired_key(const json& scenario, const RecordedWorld& world) {
  const auto expires =
      metadata::parse_expiration(metadata_server(scenario).value("expiration", "2099-01-01T00:00:00Z"));
  return expires && *expires <= world.clock.wall;
}

/// Of several roles the first is taken, and without one nobody is asked for its key.
bool lists_no_single_role(const json& scenario) {
  const auto server = metadata_server(scenario);
  if (!server.contains("list") || server["list"]["status"] != 200) return false;
  const auto body = server["list"].value("body", "");
  return core::trim(body).empty() || core::trim(body).find('\n') != std::string_view::npos;
}

/// A key whose end cannot be read is asked for once more without the token, as any other useless answer.
bool ends_unreadably(const json& scenario) {
  const auto server = metadata_server(scenario);
  const auto body = json::parse(server.value("credBody", "{}"), nullptr, false);
  const auto whole = body.is_object() && body.value("Code", "") == "Success" && body.contains("SecurityToken");
  if (!whole && !server.contains("expiration")) return false;
  return !metadata::parse_expiration(whole ? body.value("Expiration", "") : server["expiration"].get<std::string>());
}

/// We send what a profile says of its role's limits (policy, external_id) and the token of its key; the SDK drops them.
json without_limits(std::vector<json> requests) {
  for (auto& each : requests) {
    each["form"].erase("Policy");
    each["form"].erase("ExternalId");
    for (const char* name : {"SecurityToken", "Signature"}) each["query"].erase(name);
    each["headers"].erase("x-acs-credentials-provider");
  }
  return requests;
}

bool has_limits(const json& scenario) {
  return scenario["id"].get<std::string>().ends_with("-with-more");
}

void check_requests(const json& scenario, const RecordedWorld& world) {
  auto sent = sent_requests(world);
  const auto expected = expected_requests(scenario, scenario.contains("errors"));
  if (lists_no_single_role(scenario)) {
    CHECK(sent.size() <= expected.size());
    return;
  }
  if (has_limits(scenario)) {
    CHECK(without_limits(sent) == without_limits(expected));
    CHECK(sent != expected);
    return;
  }
  if (ends_unreadably(scenario)) sent.resize(expected.size());
  CHECK(json(sent) == json(expected));
}

void check_result(const json& scenario, const RecordedWorld& world, const core::Result<ecs::Credentials>& key) {
  if (gives_expired_key(scenario, world)) {
    CHECK_FALSE(key.has_value());
    return;
  }
  REQUIRE(key.has_value() == scenario.contains("result"));
  if (!key) {
    CHECK(key.error().what.find("Secret") == std::string::npos);
    return;
  }
  const auto& expected = scenario["result"];
  CHECK(key->access_key_id == expected["access_key_id"]);
  CHECK(key->access_key_secret.reveal() == expected["access_key_secret"].get<std::string>());
  CHECK(key->security_token.reveal() ==
        (expected["security_token"].is_null() ? "" : expected["security_token"].get<std::string>()));
  const auto provider = expected["provider_name"].get<std::string>();
  CHECK(key->provider == provider);
}

void replay(const json& scenario, bool lenient) {
  RecordedWorld world(scenario);
  world.sources.lenient = lenient;
  auto provider = world.provider();
  const auto start = world.clock.boot;
  const auto key = provider->get(kBy);
  if (scenario.contains("constructor_error")) {
    CHECK(key.error().code == ErrorCode::bad_input);
    CHECK(world.net.requests.empty());
    return;
  }
  check_result(scenario, world, key);
  check_requests(scenario, world);
  if (scenario.contains("elapsed_ms_about")) {
    CHECK(world.clock.boot - start <= core::Millis{scenario["elapsed_ms_about"].get<long>()});
  }
  const auto before = world.net.requests.size();
  const auto again = provider->get(kBy);
  CHECK(again.has_value() == key.has_value());
  if (key) CHECK(world.net.requests.size() == before);
}

}  // namespace

namespace {

std::vector<json> recorded_searches() {
  std::vector<json> all;
  for (const char* name : {"vectors/credentials.json", "credentials-more.json"}) {
    const auto file = data_file(name);
    for (const auto& scenario : file["scenarios"]) {
      if (!scenario.contains("timeline")) all.push_back(scenario);
    }
  }
  return all;
}

/// Searches in which the official SDK passes over a source that was requested or half configured, and lets another
/// identity act.
const std::set<std::string>& passed_over() {
  static const std::set<std::string> kIds{"env-ak-without-secret",
                                          "file-comment-after-section",
                                          "file-type-sts-unsupported",
                                          "file-no-type",
                                          "cli-unknown-mode",
                                          "cli-bad-json",
                                          "oidc-token-file-missing",
                                          "oidc-sts-error",
                                          "cli-ramrole-no-arn",
                                          "cli-ramrole-short",
                                          "cli-no-current",
                                          "cli-no-mode",
                                          "cli-unknown-profile",
                                          "cli-empty-profiles",
                                          "cli-ak-no-secret",
                                          "cli-sts-no-token",
                                          "cli-chain-missing",
                                          "cli-external",
                                          "cli-array",
                                          "cli-empty",
                                          "ini-oidc",
                                          "ini-case",
                                          "ini-type-case",
                                          "ini-no-section",
                                          "ini-empty-secret",
                                          "ini-rsa",
                                          "ini-missing-file",
                                          "oidc-empty-answer",
                                          "oidc-html",
                                          "oidc-partial",
                                          "oidc-no-expiration",
                                          "ini-blank-behind-section",
                                          "ini-tab-behind-section",
                                          "ini-indented-section",
                                          "ini-dotted-section",
                                          "ini-null",
                                          "ini-json-in-single-quotes"};
  return kIds;
}

}  // namespace

TEST_CASE("ecs: the lenient search ends as the official SDK's, with the same requests in the same order") {
  const auto searches = recorded_searches();
  for (const auto& scenario : searches) {
    CAPTURE(scenario["id"].get<std::string>());
    replay(scenario, true);
  }
  CHECK(searches.size() > 120);
}

TEST_CASE("ecs: where every source is well configured the strict search ends as the official SDK's too") {
  for (const auto& scenario : recorded_searches()) {
    const auto id = scenario["id"].get<std::string>();
    CAPTURE(id);
    if (!passed_over().contains(id) && scenario.contains("result")) replay(scenario, false);
  }
}

TEST_CASE("ecs: the strict search refuses a source that is passed over otherwise, names it, and asks nobody else") {
  std::size_t count = 0;
  for (const auto& scenario : recorded_searches()) {
    const auto id = scenario["id"].get<std::string>();
    CAPTURE(id);
    if (!passed_over().contains(id)) continue;
    ++count;
    RecordedWorld world(scenario);
    const auto key = world.provider()->get(kBy);
    REQUIRE_FALSE(key.has_value());
    const auto said = core::describe(key.error());
    CAPTURE(said);
    CHECK((said.find("/home/u/") != std::string::npos || said.find("ALIBABA_CLOUD_") != std::string::npos ||
           said.find("OIDC role") != std::string::npos));
    CHECK(said.find("no credentials found") == std::string::npos);
    for (const auto& request : world.net.requests) CHECK(request.url.find("100.100.100.200") == std::string::npos);
  }
  CHECK(count == passed_over().size());
}

namespace {

core::Result<ecs::Credentials> key_of(json files, json env, std::vector<std::string>* warnings = nullptr) {
  const json scenario{{"id", "x"}, {"files", std::move(files)}, {"env", std::move(env)}};
  RecordedWorld world(scenario);
  if (warnings != nullptr) {
    world.sources.warn = [warnings](const std::string& text) { warnings->push_back(text); };
    world.sources.read_file = [&](const auto& path) {
      auto file = world.read(path);
      if (file) file->exposed = true;
      return file;
    };
  }
  auto provider = ecs::cli_profile(world.sources, "");
  if (!provider) return tl::unexpected(provider.error());
  return (*provider)->get(kBy);
}

}  // namespace

TEST_CASE("ecs: an unknown profile, an unsupported mode and a circle of profiles say so") {
  const char* const kFile = ".aliyun/config.json";
  const json unknown{{kFile, R"({"current":"prod","profiles":[{"name":"produ"}]})"}};
  CHECK(key_of(unknown, {}).error().what == "no profile 'prod'; did you mean 'produ'?");
  const json unsupported{{kFile, R"({"current":"p","profiles":[{"name":"p","mode":"RsaKeyPair"}]})"}};
  CHECK(key_of(unsupported, {}).error().what.find("'RsaKeyPair' is not supported; these are: AK, ") !=
        std::string::npos);
  const json circle{
      {kFile,
       R"({"current":"p","profiles":[{"name":"p","mode":"ChainableRamRoleArn","source_profile":"p","ram_role_arn":"r"}]})"}};
  CHECK(key_of(circle, {}).error().what == "profile 'p' leads to itself");
}

TEST_CASE("ecs: a file with keys that others can read is warned about, and used") {
  std::vector<std::string> warnings;
  const json files{
      {".aliyun/config.json",
       R"({"current":"default","profiles":[{"name":"default","mode":"AK","access_key_id":"a","access_key_secret":"s"}]})"}};
  CHECK(key_of(files, {}, &warnings)->access_key_id == "a");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("/home/u/.aliyun/config.json holds keys and can be read by others") == 0);
}

TEST_CASE("ecs: the lines below a heading with a comment behind it belong to no section") {
  const std::string text = "[default]\naccess_key_id=mine\n[other] # why\naccess_key_id=other\n";
  CHECK(ecs::ini_section(text, "default")->at("access_key_id") == "mine");
  CHECK_FALSE(ecs::ini_section(text, "other").has_value());
}

TEST_CASE("ecs: a search that finds nothing says why for every place, and starts again next time") {
  const json scenario{{"id", "x"}, {"env", {{"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}}}};
  RecordedWorld world(scenario);
  ecs::DefaultChain chain(world.sources);
  const auto error = chain.get(kBy).error();
  CHECK(error.code == ErrorCode::denied);
  for (const char* part :
       {"env: ", "oidc_role_arn: ", "cli_profile: ", "profile: ", "ecs_ram_role: ", "credential_uri: "}) {
    CHECK(error.what.find(part) != std::string::npos);
  }
  world.sources.environment = [](const std::string& name) { return std::optional<std::string>("env-" + name); };
  CHECK(chain.get(kBy)->provider == "default/env");
}

namespace {

struct Searched {
  core::Result<ecs::Credentials> key;
  std::string said;
  std::vector<http::Request> requests;
  std::vector<std::string> warnings;
};

Searched find_key(const json& env, const json& files, ecs::CommandRunner run = {}, bool lenient = false) {
  const json scenario{{"id", "x"}, {"files", files}, {"env", env}};
  RecordedWorld world(scenario);
  Searched searched{core::fail(ErrorCode::local, ""), "", {}, {}};
  world.sources.lenient = lenient;
  world.sources.run_command = std::move(run);
  world.sources.warn = [&](const std::string& text) { searched.warnings.push_back(text); };
  const auto sts = world.net.otherwise;
  world.net.otherwise = [sts](const http::Request& request) {
    if (request.url.find("/cloud-credentials") != std::string::npos) {
      return core::Result<http::Reply>(http::Reply{
          200,
          {},
          R"({"CloudCredential":{"AccessKeyId":"STS.sso","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2099-01-01T00:00:00Z"}})"});
    }
    if (request.url.find("/v1/exchange") != std::string::npos) {
      return core::Result<http::Reply>(http::Reply{
          200,
          {},
          R"({"accessKeyId":"STS.oauth","accessKeySecret":"s","securityToken":"t","expiration":"2099-01-01T00:00:00Z"})"});
    }
    return sts(request);
  };
  ecs::DefaultChain chain(world.sources);
  searched.key = chain.get(kBy);
  searched.said = searched.key ? searched.key->source : core::describe(searched.key.error());
  searched.requests = world.net.requests;
  return searched;
}

json cli_file(json profile) {
  profile["name"] = "me";
  return {{".aliyun/config.json", json{{"current", "me"}, {"profiles", {profile}}}.dump()}};
}

constexpr long kFarAway = 4102444800;

}  // namespace

TEST_CASE("ecs: a profile that was asked for and is nowhere is refused by the name of the variable that asks for it") {
  for (const char* name : {"ALIBABA_CLOUD_PROFILE", "ALIBABACLOUD_PROFILE", "ALICLOUD_PROFILE"}) {
    const auto without_files = find_key({{name, "typo"}}, json::object());
    CHECK_FALSE(without_files.key.has_value());
    CHECK(without_files.said.find(std::string(name) + "=typo") != std::string::npos);
    const auto with_file = find_key({{name, "typo"}}, cli_file({{"mode", "EcsRamRole"}}));
    CHECK_FALSE(with_file.key.has_value());
    CHECK(with_file.said.find(std::string(name) + "=typo") != std::string::npos);
    CHECK(with_file.requests.empty());
  }
}

TEST_CASE("ecs: a profile that only the INI file has is found there, although the CLI's file exists") {
  auto files = cli_file({{"mode", "AK"}, {"access_key_id", "cli"}, {"access_key_secret", "s"}});
  files[".alibabacloud/credentials"] = "[other]\ntype=access_key\naccess_key_id=ini\naccess_key_secret=s\n";
  const auto found = find_key({{"ALIBABA_CLOUD_PROFILE", "other"}}, files);
  REQUIRE(found.key.has_value());
  CHECK(found.key->access_key_id == "ini");
  CHECK(found.said == "section [other] of /home/u/.alibabacloud/credentials");
}

TEST_CASE("ecs: an empty secret and half a key are refused, and passed over only where that was asked for") {
  for (const json& env : {json{{"ALIBABA_CLOUD_ACCESS_KEY_ID", "a"}, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""}},
                          json{{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}}, json{{"ALICLOUD_ACCESS_KEY", "a"}}}) {
    const auto strict = find_key(env, json::object());
    CHECK_FALSE(strict.key.has_value());
    CHECK(strict.key.error().code == ErrorCode::bad_input);
    CHECK(strict.requests.empty());
    CHECK(find_key(env, json::object(), {}, true).key->provider == "default/ecs_ram_role");
  }
  const auto profile = cli_file({{"mode", "EcsRamRole"}});
  CHECK_FALSE(find_key({{"ALIBABA_CLOUD_ACCESS_KEY_ID", "a"}}, profile).key.has_value());
  CHECK_FALSE(find_key({{"ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r"}}, profile).key.has_value());
}

TEST_CASE("ecs: a role of the instance that was asked for by name and is not there is refused") {
  const json scenario{
      {"id", "x"},
      {"env", {{"ALIBABA_CLOUD_ECS_METADATA", "Mine"}, {"ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1/c"}}},
      {"metadata_server", {{"cred", {{"status", 404}}}}}};
  RecordedWorld world(scenario);
  const auto key = ecs::DefaultChain(world.sources).get(kBy);
  REQUIRE_FALSE(key.has_value());
  CHECK(core::describe(key.error()).find("this instance's RAM role 'Mine'") == 0);
}

TEST_CASE("ecs: the older names of the environment are read, the current ones first") {
  const auto old = find_key({{"ALICLOUD_ACCESS_KEY", "tf"}, {"ALICLOUD_SECRET_KEY", "s"}}, json::object());
  REQUIRE(old.key.has_value());
  CHECK(old.key->access_key_id == "tf");
  CHECK(old.said == "the environment (ALICLOUD_ACCESS_KEY)");
  const auto both = find_key({{"ALIBABACLOUD_ACCESS_KEY_ID", "second"},
                              {"ALIBABACLOUD_ACCESS_KEY_SECRET", "s"},
                              {"ALIBABA_CLOUD_ACCESS_KEY_ID", "first"},
                              {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"}},
                             json::object());
  CHECK(both.key->access_key_id == "first");
}

TEST_CASE("ecs: a line break behind a key is left out and reported") {
  const auto env =
      find_key({{"ALIBABA_CLOUD_ACCESS_KEY_ID", "a"}, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s\n"}}, json::object());
  CHECK(env.key->access_key_secret.reveal() == "s");
  REQUIRE(env.warnings.size() == 1);
  CHECK(env.warnings[0].find("ALIBABA_CLOUD_ACCESS_KEY_SECRET has blanks or a line break") == 0);
  const auto file =
      find_key(json::object(), cli_file({{"mode", "ak"}, {"access_key_id", "a\r\n"}, {"access_key_secret", "s"}}));
  CHECK(file.key->access_key_id == "a");
  REQUIRE(file.warnings.size() == 1);
  CHECK(file.warnings[0].find("profile 'me' of /home/u/.aliyun/config.json: access_key_id") == 0);
}

TEST_CASE("ecs: RamRoleArnWithRoleName takes a role on with the instance's key, within the policy of the profile") {
  const auto found = find_key(json::object(), cli_file({{"mode", "ramrolearnwithrolename"},
                                                        {"ram_role_name", "Node"},
                                                        {"ram_role_arn", "acs:ram::1:role/r"},
                                                        {"ram_session_name", "n"},
                                                        {"policy", "{}"}}));
  REQUIRE(found.key.has_value());
  CHECK(found.key->access_key_id == "STS.AssumeRoleId");
  CHECK(found.requests.back().body.find("Policy=%7B%7D") != std::string::npos);
}

TEST_CASE("ecs: a CloudSSO profile exchanges its sign-in for a key, and without one says how to sign in") {
  json profile{{"mode", "CloudSSO"},          {"cloud_sso_sign_in_url", "https://signin.example/start"},
               {"cloud_sso_account_id", "1"}, {"cloud_sso_access_config", "ac"},
               {"access_token", "tok"},       {"cloud_sso_access_token_expire", kFarAway}};
  const auto found = find_key(json::object(), cli_file(profile));
  REQUIRE(found.key.has_value());
  CHECK(found.key->access_key_id == "STS.sso");
  CHECK(found.requests.back().url == "https://signin.example/cloud-credentials");
  CHECK(found.requests.back().body == R"({"AccessConfigurationId":"ac","AccountId":"1"})");
  profile["cloud_sso_access_token_expire"] = 1000;
  const auto expired = find_key(json::object(), cli_file(profile));
  CHECK(expired.said.find("profile 'me' of ") == 0);
  CHECK(expired.said.find("has expired; sign in again: aliyun configure") != std::string::npos);
  profile.erase("cloud_sso_account_id");
  CHECK(find_key(json::object(), cli_file(profile)).said.find("cloud_sso_account_id of mode CloudSSO") !=
        std::string::npos);
}

TEST_CASE("ecs: an OAuth profile uses the CLI's key while it lives, else exchanges its access token") {
  json profile{{"mode", "OAuth"},          {"oauth_site_type", "INTL"}, {"access_key_id", "STS.kept"},
               {"access_key_secret", "s"}, {"sts_token", "t"},          {"sts_expiration", kFarAway}};
  CHECK(find_key(json::object(), cli_file(profile)).key->access_key_id == "STS.kept");
  profile["sts_expiration"] = 1000;
  CHECK(find_key(json::object(), cli_file(profile)).said.find("mode OAuth is missing or has expired") !=
        std::string::npos);
  profile["oauth_access_token"] = "tok";
  profile["oauth_access_token_expire"] = kFarAway;
  const auto exchanged = find_key(json::object(), cli_file(profile));
  CHECK(exchanged.key->access_key_id == "STS.oauth");
  CHECK(exchanged.requests.back().url == "https://oauth.alibabacloud.com/v1/exchange");
}

TEST_CASE("ecs: an External profile runs its command, and refuses what is no key") {
  const auto profile = cli_file({{"mode", "External"}, {"process_command", "get-key --for 'a b'"}});
  std::vector<std::string> ran;
  const auto printing = [&](std::string output) {
    return [&ran, output](const std::vector<std::string>& argv, core::Deadline) {
      ran = argv;
      return core::Result<std::string>(output);
    };
  };
  const auto found = find_key(
      json::object(), profile,
      printing(
          R"({"mode":"StsToken","access_key_id":"STS.x","access_key_secret":"s","sts_token":"t","expiration":"2099-01-01T00:00:00Z"})"));
  REQUIRE(found.key.has_value());
  CHECK(found.key->access_key_id == "STS.x");
  CHECK(ran == std::vector<std::string>{"get-key", "--for", "a b"});
  for (const char* output : {"", "oops", "[]", R"({"mode":"AK","access_key_id":"a"})",
                             R"({"mode":"StsToken","access_key_id":"a","access_key_secret":"s"})",
                             R"({"mode":"RamRoleArn","access_key_id":"a","access_key_secret":"s"})"}) {
    CAPTURE(output);
    const auto refused = find_key(json::object(), profile, printing(output));
    CHECK_FALSE(refused.key.has_value());
    CHECK(refused.said.find("profile 'me' of /home/u/.aliyun/config.json: get-key: ") == 0);
  }
  const json off{{"ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS", "true"}};
  CHECK(find_key(off, profile, printing("{}")).said.find("switched off by ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS") !=
        std::string::npos);
}

TEST_CASE("ecs: a command line is split as the official SDKs split it") {
  using Words = std::vector<std::string>;
  CHECK(ecs::split_command(R"( a  "b c" 'd"e' f\ g "h\"i" )") == Words{"a", "b c", "d\"e", "f g", "h\"i"});
  for (const char* wrong : {"", "  ", "a 'b", "a \"b", "a \\"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ecs::split_command(wrong).has_value());
  }
}

TEST_CASE("ecs: what a CLI profile says about endpoints is read with it") {
  const json scenario{{"id", "x"},
                      {"files", cli_file({{"mode", "AK"}, {"endpoint", "ecs.example"}, {"endpoint_type", "vpc"}})}};
  RecordedWorld world(scenario);
  const auto facts = ecs::cli_profile_facts(world.sources, "");
  REQUIRE(facts.has_value());
  CHECK(facts->endpoint == "ecs.example");
  CHECK(facts->endpoint_type == "vpc");
}
