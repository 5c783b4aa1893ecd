#pragma once
#include <map>
#include <memory>
#include <string>

#include "core/text.h"
#include "core/utc.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/default_chain.h"
#include "ecs/credentials/ecs_ram_role.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "unit/ecs/vectors.h"

/// The world a scenario of vectors/credentials.json describes: environment, files, configuration and servers.
namespace preemptd::ecs::testing {

using nlohmann::json;

inline constexpr const char* kHome = "/home/u";
inline constexpr core::Deadline kBy(core::BootTime(std::chrono::hours(1000)));

inline std::string with_home(std::string text) {
  for (auto at = text.find("$HOME"); at != text.npos; at = text.find("$HOME", at)) text.replace(at, 5, kHome);
  return text;
}

/// The servers of a scenario. In a timeline, `lives` is how long what they hand out lives from now, and `failing` that
/// they give no keys (tokens of the metadata service go on).
struct Servers {
  Servers(const json& scenario, const fakes::FakeClock& clock) : scenario_(scenario), clock_(clock) {}

  using Reply = core::Result<http::Reply>;
  Reply answer(const http::Request& request) const {
    if (request.url.starts_with("http://100.100.100.200/")) return metadata(request);
    if (failing) return reply(500, "");
    if (request.url.find("sts") != std::string::npos) return sts(request);
    const auto& uri = part("uri_server");
    return uri.is_null() ? reply(200, key_json("STS.uri", "uriSecret", "uriToken"))
                         : reply(uri["status"].get<int>(), uri.value("body", ""));
  }

  std::optional<core::Millis> lives;
  bool failing = false;

 private:
  static Reply reply(int status, std::string body) { return http::Reply{status, {}, std::move(body)}; }
  const json& part(const char* name) const {
    static const json kNone;
    return scenario_.contains(name) ? scenario_[name] : kNone;
  }
  json option(const char* name) const {
    const auto& server = part("metadata_server");
    return server.is_object() && server.contains(name) ? server[name] : json();
  }
  std::string expiration() const {
    return lives ? core::format_utc(clock_.wall + *lives) : std::string("2099-01-01T00:00:00Z");
  }
  std::string key_json(const std::string& id, const std::string& secret, const std::string& token,
                       std::string expires = "") const {
    return json{{"AccessKeyId", id},
                {"AccessKeySecret", secret},
                {"SecurityToken", token},
                {"Expiration", expires.empty() ? expiration() : expires},
                {"Code", "Success"}}
        .dump();
  }

  Reply metadata(const http::Request& request) const {
    const bool tokened = !fakes::header_of(request, "x-aliyun-ecs-metadata-token").empty();
    if (request.method == "PUT") {
      if (!option("tokenHangMs").is_null()) return core::fail(core::ErrorCode::timed_out, "hangs");
      const auto token = option("token");
      return token.is_null() ? reply(200, "IMDSTOKENexample==")
                             : reply(token["status"].get<int>(), token.value("body", ""));
    }
    if (tokened ? option("rejectToken") == true : option("requireToken") == true) return reply(403, "");
    if (request.url.ends_with("/security-credentials/")) {
      const auto list = option("list");
      return list.is_null() ? reply(200, "EcsSpotRole") : reply(list["status"].get<int>(), list.value("body", ""));
    }
    if (failing) return reply(500, "");
    const auto cred = option("cred"), body = option("credBody"), expires = option("expiration");
    return reply(cred.is_null() ? 200 : cred["status"].get<int>(),
                 !body.is_null() ? body.get<std::string>()
                                 : key_json("STS.NTimdsExample", "imdsSecretExample",
                                            "imdsToken+/==", expires.is_null() ? "" : expires.get<std::string>()));
  }

  Reply sts(const http::Request& request) const {
    const auto& server = part("sts_server");
    if (!server.is_null()) return reply(server["status"].get<int>(), server.value("body", ""));
    const std::string action =
        request.url.find("AssumeRoleWithOIDC") != std::string::npos ? "AssumeRoleWithOIDC" : "AssumeRole";
    return reply(
        200, json{{"Credentials", json::parse(key_json("STS." + action + "Id", action + "Secret", action + "Token"))}}
                 .dump());
  }

  const json& scenario_;
  const fakes::FakeClock& clock_;
};

struct RecordedWorld {
  explicit RecordedWorld(const json& scenario) : scenario_(scenario) {
    clock.wall = *core::parse_utc("2026-01-02T03:04:05Z");
    net.otherwise = [this](const http::Request& request) {
      auto answer = servers.answer(request);
      if (!answer) clock.advance(core::Seconds(1));  // a hang costs the request's whole second
      return answer;
    };
  }

  std::unique_ptr<CredentialsProvider> provider() {
    if (!scenario_.contains("config")) return std::make_unique<DefaultChain>(sources);
    const auto& config = scenario_["config"];
    const auto text = [&](const char* name) { return config.contains(name) ? with_home(config[name]) : std::string(); };
    if (config["type"] == "ecs_ram_role")
      return std::make_unique<EcsRamRoleCredentials>(client, clock, text("roleName"));
    if (config["type"] == "credentials_uri") return std::make_unique<UriCredentials>(sources, text("credentialsURI"));
    const AssumeRoleParams wish{.role_arn = text("roleArn"),
                                .session_name = text("roleSessionName"),
                                .policy = text("policy"),
                                .external_id = text("externalId"),
                                .duration = core::Seconds(config.value("roleSessionExpiration", 3600))};
    const StsEndpoint place{text("stsEndpoint"), text("stsRegionId"), false};
    if (config["type"] == "oidc_role_arn") {
      return std::make_unique<OidcRole>(sources, text("oidcProviderArn"), text("oidcTokenFilePath"), wish, place);
    }
    REQUIRE(config["type"] == "ram_role_arn");
    auto key = std::make_unique<StaticCredentials>(
        Credentials{text("accessKeyId"), core::Secret(text("accessKeySecret")), core::Secret(text("securityToken")),
                    text("securityToken").empty() ? "static_ak" : "static_sts"});
    return std::make_unique<AssumedRole>(sources, std::move(key), wish, place);
  }

  core::Result<KeyFile> read(const std::string& path) const {
    const auto files = scenario_.value("files", json::object());
    for (const auto& [name, text] : files.items()) {
      if (std::string(kHome) + "/" + name == path) return KeyFile{with_home(text), false};
    }
    return core::fail(core::ErrorCode::denied, "there is no such file", path);
  }

  std::optional<std::string> variable(const std::string& name) const {
    const auto all = scenario_.value("env", json::object());
    if (!all.contains(name) || all[name] == "") return std::nullopt;
    return with_home(all[name]);
  }

  metadata::Options metadata_options() const {
    auto options = ecs::metadata_options([this](const auto& name) { return variable(name); });
    if (scenario_.value("config", json::object()).value("disableIMDSv1", false))
      options.plain = metadata::PlainMode::never;
    return options;
  }

  const json& scenario_;
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  Servers servers{scenario_, clock};
  metadata::MetadataClient client{net, clock, metadata_options()};
  Sources sources{.network = net,
                  .direct = net,
                  .metadata = client,
                  .clock = clock,
                  .environment = [this](const auto& name) { return variable(name); },
                  .home = kHome,
                  .read_file = [this](const auto& path) { return read(path); },
                  .make_nonce = [this] { return "cred-" + scenario_["id"].get<std::string>() + "-nonce"; }};
};

}  // namespace preemptd::ecs::testing
