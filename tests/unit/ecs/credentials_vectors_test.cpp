#include <map>
#include <set>

#include "core/text.h"
#include "core/utc.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/default_chain.h"
#include "ecs/credentials/ecs_ram_role.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "http/percent.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using core::Fault;
using ecs::testing::data_file;
using nlohmann::json;

namespace {

constexpr const char* kHome = "/home/u";
constexpr core::Deadline kBy(core::BootTime(std::chrono::hours(1000)));

std::string with_home(std::string text) {
  for (auto at = text.find("$HOME"); at != text.npos; at = text.find("$HOME", at)) text.replace(at, 5, kHome);
  return text;
}

using Reply = core::Result<http::Reply>;
Reply reply(int status, std::string body) { return http::Reply{status, {}, std::move(body)}; }

/// The servers a recorded scenario describes.
struct Servers {
  explicit Servers(const json& scenario) : scenario_(scenario) {}

  Reply answer(const http::Request& request) const {
    if (request.url.starts_with("http://100.100.100.200/")) return metadata(request);
    if (request.url.find("sts") != std::string::npos) return sts(request);
    const auto& uri = part("uri_server");
    return uri.is_null() ? reply(200, key_json("STS.uri", "uriSecret", "uriToken"))
                         : reply(uri["status"].get<int>(), uri["body"].get<std::string>());
  }

 private:
  const json& part(const char* name) const {
    static const json kNone;
    return scenario_.contains(name) ? scenario_[name] : kNone;
  }
  json option(const char* name) const {
    const auto& server = part("metadata_server");
    return server.is_object() && server.contains(name) ? server[name] : json();
  }
  static std::string key_json(const char* id, const char* secret, const char* token, const std::string& expires = "2099-01-01T00:00:00Z") {
    return json{{"AccessKeyId", id}, {"AccessKeySecret", secret}, {"SecurityToken", token}, {"Expiration", expires}, {"Code", "Success"}}.dump();
  }

  Reply metadata(const http::Request& request) const {
    const bool tokened = !fakes::header_of(request, "x-aliyun-ecs-metadata-token").empty();
    if (request.method == "PUT") {
      if (!option("tokenHangMs").is_null()) return core::fail(Fault::timed_out, "hangs");
      const auto token = option("token");
      return token.is_null() ? reply(200, "IMDSTOKENexample==") : reply(token["status"].get<int>(), token["body"].get<std::string>());
    }
    if (tokened ? option("rejectToken") == true : option("requireToken") == true) return reply(403, "");
    if (request.url.ends_with("/security-credentials/")) {
      const auto list = option("list");
      return list.is_null() ? reply(200, "EcsSpotRole") : reply(list["status"].get<int>(), list["body"].get<std::string>());
    }
    const auto cred = option("cred"), body = option("credBody"), expires = option("expiration");
    return reply(cred.is_null() ? 200 : cred["status"].get<int>(),
                 !body.is_null() ? body.get<std::string>()
                                 : key_json("STS.NTimdsExample", "imdsSecretExample", "imdsToken+/==",
                                            expires.is_null() ? "2099-01-01T00:00:00Z" : expires.get<std::string>()));
  }

  Reply sts(const http::Request& request) const {
    const auto& server = part("sts_server");
    if (!server.is_null()) return reply(server["status"].get<int>(), server["body"].get<std::string>());
    const std::string action = request.url.find("AssumeRoleWithOIDC") != std::string::npos ? "AssumeRoleWithOIDC" : "AssumeRole";
    return reply(200, json{{"Credentials", json::parse(key_json(("STS." + action + "Id").c_str(), (action + "Secret").c_str(),
                                                                (action + "Token").c_str()))}}.dump());
  }

  const json& scenario_;
};

/// "a=b&c=d" as a map of decoded pairs.
std::map<std::string, std::string> pairs_of(std::string_view text) {
  std::map<std::string, std::string> found;
  for (const auto pair : core::split(text, '&')) {
    const auto equals = pair.find('=');
    if (equals != pair.npos) found[*http::percent_decode(pair.substr(0, equals))] = *http::percent_decode(pair.substr(equals + 1));
  }
  return found;
}

/// Path, parameters of the query and of the body; without a session name that the SDK made up for itself.
json request_facts(const std::string& url_or_target, const std::string& body) {
  const auto question = url_or_target.find('?');
  auto form = pairs_of(body);
  if (form["RoleSessionName"].starts_with("credentials-nodejs-") || form["RoleSessionName"].starts_with("preemptd-")) {
    form["RoleSessionName"] = "made up";
  }
  auto query = pairs_of(question == std::string::npos ? "" : url_or_target.substr(question + 1));
  if (form["RoleSessionName"] == "made up") query.erase("Signature");
  return {{"query", query}, {"form", form}};
}

struct World {
  explicit World(const json& scenario) : servers(scenario), scenario_(scenario) {
    clock.wall = *core::parse_utc("2026-01-02T03:04:05Z");
    net.otherwise = [this](const http::Request& request) { return servers.answer(request); };
  }

  std::unique_ptr<ecs::CredentialsProvider> provider() {
    if (!scenario_.contains("config")) return std::make_unique<ecs::DefaultChain>(sources);
    const auto config = scenario_["config"];
    const auto text = [&](const char* name) { return config.contains(name) ? with_home(config[name]) : std::string(); };
    if (config["type"] == "ecs_ram_role") return std::make_unique<ecs::EcsRamRoleCredentials>(client, clock, text("roleName"));
    if (config["type"] == "credentials_uri") return std::make_unique<ecs::UriCredentials>(sources, text("credentialsURI"));
    const ecs::RoleWish wish{text("roleArn"), text("roleSessionName"), text("policy"), text("externalId"),
                             core::Seconds(config.value("roleSessionExpiration", 3600))};
    const ecs::StsPlace place{text("stsEndpoint"), text("stsRegionId"), false};
    if (config["type"] == "oidc_role_arn") {
      return std::make_unique<ecs::OidcRole>(sources, text("oidcProviderArn"), text("oidcTokenFilePath"), wish, place);
    }
    auto key = std::make_unique<ecs::StaticCredentials>(ecs::Credentials{
        text("accessKeyId"), core::Secret(text("accessKeySecret")), core::Secret(text("securityToken")), "static"});
    return std::make_unique<ecs::AssumedRole>(sources, std::move(key), wish, place);
  }

  core::Result<ecs::KeyFile> read(const std::string& path) const {
    const auto files = scenario_.value("files", json::object());
    for (const auto& [name, text] : files.items()) {
      if (std::string(kHome) + "/" + name == path) return ecs::KeyFile{text.get<std::string>(), false};
    }
    return core::fail(Fault::local, "no such file", path);
  }

  std::optional<std::string> variable(const std::string& name) const {
    const auto all = scenario_.value("env", json::object());
    if (!all.contains(name) || all[name] == "") return std::nullopt;
    return with_home(all[name]);
  }

  metadata::PlainMode plain_mode() const {
    const auto explicitly = scenario_.value("config", json::object()).value("disableIMDSv1", false);
    return explicitly ? metadata::PlainMode::never
                      : ecs::metadata_options([this](const auto& name) { return variable(name); }).plain;
  }

  fakes::FakeClock clock;
  fakes::FakeTransport net;
  Servers servers;
  const json& scenario_;
  metadata::MetadataClient client{net, clock, {"http://100.100.100.200", core::Seconds(1), plain_mode()}};
  ecs::Sources sources{net, net, client, clock, [this](const auto& name) { return variable(name); }, kHome,
                       [this](const auto& path) { return read(path); },
                       [this] { return "cred-" + scenario_["id"].get<std::string>() + "-nonce"; }, {}};
};

void check_result(const json& scenario, const core::Result<ecs::Credentials>& key) {
  // Where we differ on purpose: an expired key is never handed out; any offset of a time is understood.
  static const std::set<std::string> kRefused{"imds-expiration-already-past"}, kUnderstood{"imds-expiration-offset-rejected"};
  const auto id = scenario["id"].get<std::string>();
  if (kRefused.contains(id) || kUnderstood.contains(id)) {
    CHECK(key.has_value() == kUnderstood.contains(id));
    return;
  }
  REQUIRE(key.has_value() == scenario.contains("result"));
  if (!key) return;
  const auto& expected = scenario["result"];
  CHECK(key->access_key_id == expected["access_key_id"]);
  CHECK(key->access_key_secret.reveal() == expected["access_key_secret"].get<std::string>());
  CHECK(key->security_token.reveal() == (expected["security_token"].is_null() ? "" : expected["security_token"].get<std::string>()));
  const auto provider = expected["provider_name"].get<std::string>();
  if (provider.starts_with("default/")) CHECK(key->provider == provider);
}

void check_requests(const json& scenario, const std::vector<http::Request>& sent) {
  std::vector<json> expected, seen;
  for (const auto& each : scenario.value("requests", json::array())) {
    if (each["to"] == "sts" || each["to"] == "uri") expected.push_back(request_facts(each["target"], each.value("body", "")));
  }
  for (const auto& each : sent) {
    if (!each.url.starts_with("http://100.100.100.200/")) seen.push_back(request_facts(each.url, each.body));
  }
  CHECK(json(seen) == json(expected));
}

}  // namespace

TEST_CASE("ecs: every recorded search for credentials ends as the official SDK's, with the same requests to STS") {
  const auto file = data_file("vectors/credentials.json");
  int count = 0;
  for (const auto& scenario : file["scenarios"]) {
    if (scenario.contains("timeline")) continue;
    CAPTURE(scenario["id"].get<std::string>());
    World world(scenario);
    auto provider = world.provider();
    const auto key = provider->get(kBy);
    ++count;
    if (scenario.contains("constructor_error")) {
      CHECK(key.error().fault == Fault::bad_input);
      CHECK(world.net.requests.empty());
      continue;
    }
    check_result(scenario, key);
    check_requests(scenario, world.net.requests);
    if (!key) CHECK(key.error().what.find("Secret") == std::string::npos);
  }
  CHECK(count > 60);
}

namespace {

core::Result<ecs::Credentials> key_of(json files, json env, std::vector<std::string>* warnings = nullptr) {
  const json scenario{{"id", "x"}, {"files", std::move(files)}, {"env", std::move(env)}};
  World world(scenario);
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
  const json circle{{kFile, R"({"current":"p","profiles":[{"name":"p","mode":"ChainableRamRoleArn","source_profile":"p","ram_role_arn":"r"}]})"}};
  CHECK(key_of(circle, {}).error().what == "profile 'p' leads to itself");
}

TEST_CASE("ecs: a file with keys that others can read is warned about, and used") {
  std::vector<std::string> warnings;
  const json files{{".aliyun/config.json", R"({"profiles":[{"name":"default","mode":"AK","access_key_id":"a","access_key_secret":"s"}]})"}};
  CHECK(key_of(files, {}, &warnings)->access_key_id == "a");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("/home/u/.aliyun/config.json holds keys and can be read by others") == 0);
}

TEST_CASE("ecs: a search that finds nothing says why for every place, and starts anew next time") {
  const json scenario{{"id", "x"}, {"env", {{"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}}}};
  World world(scenario);
  ecs::DefaultChain chain(world.sources);
  const auto error = chain.get(kBy).error();
  CHECK(error.fault == Fault::denied);
  for (const char* part : {"env: ", "oidc_role_arn: ", "cli_profile: ", "profile: ", "ecs_ram_role: ", "credential_uri: "}) {
    CHECK(error.what.find(part) != std::string::npos);
  }
  world.sources.environment = [](const std::string& name) { return std::optional<std::string>("env-" + name); };
  CHECK(chain.get(kBy)->provider == "default/env");
}
