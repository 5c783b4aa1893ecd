#include <algorithm>

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
/// nothing starts anew; `only_first` leaves out what came after the first one.
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

void check_requests(const json& scenario, const RecordedWorld& world) {
  auto sent = sent_requests(world);
  const auto expected = expected_requests(scenario, scenario.contains("errors"));
  if (lists_no_single_role(scenario)) {
    CHECK(sent.size() <= expected.size());
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

void replay(const json& scenario) {
  RecordedWorld world(scenario);
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

TEST_CASE(
    "ecs: every recorded search for credentials ends as the official SDK's, with the same requests in the same order") {
  int count = 0;
  for (const char* name : {"vectors/credentials.json", "credentials-more.json"}) {
    const auto file = data_file(name);
    for (const auto& scenario : file["scenarios"]) {
      if (scenario.contains("timeline")) continue;
      CAPTURE(scenario["id"].get<std::string>());
      replay(scenario);
      ++count;
    }
  }
  CHECK(count > 120);
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
  const json unsupported{{kFile, R"({"current":"p","profiles":[{"name":"p","mode":"CloudSSO"}]})"}};
  CHECK(key_of(unsupported, {}).error().what.find("'CloudSSO' is not supported") != std::string::npos);
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

TEST_CASE("ecs: members of a profile that the official SDK does not read are warned about") {
  std::vector<std::string> warnings;
  const json files{
      {".aliyun/config.json",
       R"({"current":"p","profiles":[{"name":"p","mode":"RamRoleArn","access_key_id":"a","access_key_secret":"s",)"
       R"("ram_role_arn":"r","ram_session_name":"n","policy":"{}","external_id":"x","sts_token":"t"}]})"}};
  CHECK(key_of(files, {}, &warnings).has_value());
  const std::string where = "/home/u/.aliyun/config.json, profile 'p': ",
                    not_used = " is not used, as the official SDKs do not use it";
  REQUIRE(warnings.size() == 4);
  CHECK(warnings[1] == where + "sts_token" + not_used);
  CHECK(warnings[2] == where + "policy" + not_used);
  CHECK(warnings[3] == where + "external_id" + not_used);
}

TEST_CASE("ecs: the lines below a heading with a comment behind it belong to no section") {
  const std::string text = "[default]\naccess_key_id=mine\n[other] # why\naccess_key_id=other\n";
  CHECK(ecs::ini_section(text, "default")->at("access_key_id") == "mine");
  CHECK_FALSE(ecs::ini_section(text, "other").has_value());
}

TEST_CASE("ecs: a search that finds nothing says why for every place, and starts anew next time") {
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
