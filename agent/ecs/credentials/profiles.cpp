#include "ecs/credentials/profiles.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/exchanged.h"
#include "ecs/credentials/profile.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;
using core::Json;

/// A chain of source profiles longer than this leads nowhere, or back to itself.
constexpr int kLongestChain = 8;

struct CliFile {
  Json json;
  std::string path;
};

core::Result<CliFile> read_cli_file(const Sources& sources) {
  const auto path = sources.environment("ALIBABA_CLOUD_CONFIG_FILE").value_or(sources.home + "/.aliyun/config.json");
  const auto file = read_keys(sources, path);
  if (!file) return tl::unexpected(file.error());
  auto json = core::parse_json(file->text);
  if (!json || !json->is_object())
    return core::fail(ErrorCode::bad_input, "not a JSON object; correct it, or put it aside", path);
  return CliFile{std::move(*json), path};
}

std::string requested_profile(const Environment& environment) {
  return first_set(environment, {"ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"});
}

std::string wanted_profile(const Sources& sources, const CliFile& file, const std::string& profile) {
  if (!profile.empty()) return profile;
  if (auto requested = requested_profile(sources.environment); !requested.empty()) return requested;
  return core::string_at(file.json, "current").value_or("");
}

core::Result<Json> find_profile(const CliFile& file, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& each : core::member_at(file.json, "profiles")) {
    names.push_back(core::string_at(each, "name").value_or(""));
    if (names.back() == name) return each;
  }
  if (name.empty())
    return core::fail(ErrorCode::bad_input, "names no current profile; choose one with ALIBABA_CLOUD_PROFILE",
                      file.path);
  const auto near = core::nearest(name, names);
  return core::fail(ErrorCode::bad_input,
                    "no profile '" + core::printable(name, 64) + "'" +
                        (near ? "; did you mean '" + core::printable(*near, 64) + "'?" : ""),
                    file.path);
}

/// One profile of the CLI's file.
struct CliProfile {
  const CliFile& file;
  const Json& json;
  Profile profile;
  int depth = 1;

  std::string text(const char* member) const { return profile.text(member); }
  std::int64_t number(const char* member) const { return core::integer_at(json, member).value_or(0); }
  tl::unexpected<core::Error> refuse(std::string what) const {
    return core::fail(ErrorCode::bad_input, std::move(what), profile.where);
  }
};

/// The SDKs take an OIDC role's duration from a member of its own.
AssumeRoleParams role_in(const CliProfile& from, const char* duration) {
  auto role = from.profile.wish("ram_role_arn", "ram_session_name");
  role.external_id = from.text("external_id");
  if (role.external_id.empty()) {
    role.external_id =
        first_set(from.profile.sources.environment, {"ALIBABACLOUD_EXTERNAL_ID", "ALIBABA_CLOUD_EXTERNAL_ID"});
  }
  if (const auto seconds = from.number(duration); seconds > 0) role.duration = core::Seconds(seconds);
  return role;
}

bool in_vpc(const CliProfile& from) {
  return core::bool_at(from.json, "enable_vpc").value_or(false);
}

ProviderResult ak(const CliProfile& from) {
  return from.profile.static_key(false);
}
ProviderResult sts_token(const CliProfile& from) {
  return from.profile.static_key(true);
}
ProviderResult ecs_ram_role(const CliProfile& from) {
  return instance_role(from.profile.sources, from.text("ram_role_name"));
}

ProviderResult ram_role_arn(const CliProfile& from) {
  auto key = from.profile.static_key(!from.text("sts_token").empty());
  if (!key) return key;
  return std::make_unique<AssumedRole>(from.profile.sources, std::move(*key), role_in(from, "expired_seconds"),
                                       from.profile.sts_place("sts_endpoint", "sts_region", in_vpc(from)));
}

ProviderResult role_by_instance(const CliProfile& from) {
  auto key = ecs_ram_role(from);
  if (!key) return key;
  return std::make_unique<AssumedRole>(from.profile.sources, std::move(*key), role_in(from, "expired_seconds"),
                                       from.profile.sts_place("sts_endpoint", "sts_region", in_vpc(from)));
}

ProviderResult provider_of(const Sources& sources, const CliFile& file, const std::string& name, int depth);

ProviderResult chained_role(const CliProfile& from) {
  if (from.text("source_profile").empty()) return from.refuse("source_profile is missing or empty");
  auto key = provider_of(from.profile.sources, from.file, from.text("source_profile"), from.depth + 1);
  if (!key) return key;
  return std::make_unique<AssumedRole>(from.profile.sources, std::move(*key), role_in(from, "expired_seconds"),
                                       from.profile.sts_place("", "sts_region", false));
}

ProviderResult oidc(const CliProfile& from) {
  const auto provider_arn = from.profile.text_or("oidc_provider_arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  const auto token_file = from.profile.text_or("oidc_token_file", "ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  if (provider_arn.empty() || token_file.empty())
    return from.refuse(std::string(provider_arn.empty() ? "oidc_provider_arn" : "oidc_token_file") +
                       " is missing or empty");
  auto role = role_in(from, "duration_seconds");
  role.external_id.clear();  // AssumeRoleWithOIDC has none
  return std::make_unique<OidcRole>(from.profile.sources, provider_arn, token_file, std::move(role),
                                    from.profile.sts_place("", "sts_region", in_vpc(from)));
}

ProviderResult credentials_uri(const CliProfile& from) {
  const auto uri = from.profile.text_or("credentials_uri", "ALIBABA_CLOUD_CREDENTIALS_URI");
  if (uri.empty()) return from.refuse("credentials_uri is missing or empty");
  return std::make_unique<UriCredentials>(from.profile.sources, uri);
}

ProviderResult external(const CliProfile& from) {
  const auto& sources = from.profile.sources;
  if (is_true(sources.environment, "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"))
    return from.refuse("mode External is switched off by ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS");
  if (!sources.run_command) return from.refuse("mode External is not possible here: no program may be started");
  auto argv = split_command(from.text("process_command"));
  if (!argv) return from.refuse("process_command: " + argv.error().what);
  return std::make_unique<ExternalCredentials>(sources, std::move(*argv));
}

/// The key that the CLI left in the file after its last sign-in, while it lives.
std::optional<TemporaryKey> cached_key(const CliProfile& from, const char* provider) {
  constexpr core::Millis kStillUseful = core::Seconds(180);
  const core::WallTime expires{core::Seconds(from.number("sts_expiration"))};
  const auto lives = expires - from.profile.sources.clock.wall_now();
  for (const char* member : {"access_key_id", "access_key_secret", "sts_token"}) {
    if (from.text(member).empty()) return std::nullopt;
  }
  if (lives <= kStillUseful) return std::nullopt;
  return TemporaryKey{.credentials = {.access_key_id = from.text("access_key_id"),
                                      .access_key_secret = core::Secret(from.text("access_key_secret")),
                                      .security_token = core::Secret(from.text("sts_token")),
                                      .provider = provider},
                      .lives = std::chrono::duration_cast<core::Millis>(lives)};
}

bool has_expired(const CliProfile& from, const char* member) {
  return core::WallTime{core::Seconds(from.number(member))} <= from.profile.sources.clock.wall_now();
}

std::string sign_in_again(const std::string& mode) {
  return "; sign in again: aliyun configure --profile NAME --mode " + mode;
}

ProviderResult cloud_sso(const CliProfile& from) {
  for (const char* member : {"cloud_sso_sign_in_url", "cloud_sso_account_id", "cloud_sso_access_config"}) {
    if (from.text(member).empty())
      return from.refuse(std::string(member) + " of mode CloudSSO is missing or empty" + sign_in_again("CloudSSO"));
  }
  if (from.text("access_token").empty() || has_expired(from, "cloud_sso_access_token_expire"))
    return from.refuse("the access token of mode CloudSSO is missing or has expired" + sign_in_again("CloudSSO"));
  const auto url = from.text("cloud_sso_sign_in_url");
  const auto host = url.find("://");
  if (host == url.npos) return from.refuse("cloud_sso_sign_in_url is not a URL");
  const Json body{{"AccountId", from.text("cloud_sso_account_id")},
                  {"AccessConfigurationId", from.text("cloud_sso_access_config")}};
  Exchange exchange{.url = url.substr(0, url.find('/', host + 3)) + "/cloud-credentials",
                    .token = core::Secret(from.text("access_token")),
                    .body = core::dump_json(body),
                    .member = "CloudCredential",
                    .provider = "cloud_sso"};
  return std::make_unique<ExchangedCredentials>(from.profile.sources, std::move(exchange),
                                                cached_key(from, "cloud_sso"));
}

ProviderResult oauth(const CliProfile& from) {
  const auto site = from.text("oauth_site_type");
  const bool international = core::equal_ignoring_case(site, "INTL");
  if (!international && !core::equal_ignoring_case(site, "CN"))
    return from.refuse("oauth_site_type is not CN or INTL" + sign_in_again("OAuth"));
  auto cached = cached_key(from, "oauth");
  const bool token_lives = !from.text("oauth_access_token").empty() && !has_expired(from, "oauth_access_token_expire");
  if (!cached && !token_lives)
    return from.refuse("the access token of mode OAuth is missing or has expired" + sign_in_again("OAuth"));
  Exchange exchange{.url = std::string(international ? "https://oauth.alibabacloud.com" : "https://oauth.aliyun.com") +
                           "/v1/exchange",
                    .token = core::Secret(from.text("oauth_access_token")),
                    .body = {},
                    .member = {},
                    .provider = "oauth"};
  return std::make_unique<ExchangedCredentials>(from.profile.sources, std::move(exchange), std::move(cached));
}

struct Mode {
  const char* name;
  ProviderResult (*make)(const CliProfile& from);
};

constexpr std::array<Mode, 11> kModes{{{"AK", ak},
                                       {"StsToken", sts_token},
                                       {"RamRoleArn", ram_role_arn},
                                       {"EcsRamRole", ecs_ram_role},
                                       {"RamRoleArnWithRoleName", role_by_instance},
                                       {"ChainableRamRoleArn", chained_role},
                                       {"OIDC", oidc},
                                       {"CredentialsURI", credentials_uri},
                                       {"External", external},
                                       {"CloudSSO", cloud_sso},
                                       {"OAuth", oauth}}};

ProviderResult by_mode(const CliProfile& from) {
  const auto mode = from.text("mode");
  for (const auto& each : kModes) {
    if (core::equal_ignoring_case(each.name, mode)) return each.make(from);
  }
  std::vector<std::string> names;
  for (const auto& each : kModes) names.emplace_back(each.name);
  return from.profile.unsupported(
      mode.empty() ? "mode is missing" : "mode '" + core::printable(mode, 32) + "' is not supported",
      ("these are: " + core::join(names)).c_str());
}

ProviderResult provider_of(const Sources& sources, const CliFile& file, const std::string& name, int depth) {
  if (depth > kLongestChain)
    return core::fail(ErrorCode::bad_input, "profile '" + name + "' leads to itself", file.path);
  const auto json = find_profile(file, name);
  if (!json) return tl::unexpected(json.error());
  const auto text = [&](const char* member) { return core::string_at(*json, member).value_or(""); };
  const std::string where = "profile '" + core::printable(name, 64) + "' of " + file.path;
  auto provider = by_mode({file, *json, {sources, text, where}, depth});
  return depth == 1 ? from_source(std::move(provider), where) : std::move(provider);
}

/// The CLI writes such a file when a configuration was begun and not finished: it asks for nothing.
bool is_blank_file(const CliFile& file) {
  const auto current = core::string_at(file.json, "current").value_or("");
  if (core::member_at(file.json, "profiles").empty()) return current.empty();
  const auto profile = find_profile(file, current);
  if (!profile) return false;
  constexpr std::array<const char*, 5> kFilledIn{"mode", "access_key_id", "access_key_secret", "ram_role_arn",
                                                 "ram_role_name"};
  return std::all_of(kFilledIn.begin(), kFilledIn.end(),
                     [&](const char* member) { return core::string_at(*profile, member).value_or("").empty(); });
}

}  // namespace

ProviderResult cli_profile(const Sources& sources, const std::string& profile) {
  const auto file = read_cli_file(sources);
  if (!file) return tl::unexpected(file.error());
  if (profile.empty() && requested_profile(sources.environment).empty() && is_blank_file(*file))
    return core::fail(ErrorCode::denied, "no profile in it is filled in", file->path);
  return provider_of(sources, *file, wanted_profile(sources, *file, profile), 1);
}

bool cli_lacks_profile(const Sources& sources, const std::string& profile) {
  const auto file = read_cli_file(sources);
  return file && !find_profile(*file, wanted_profile(sources, *file, profile));
}

core::Result<ProfileFacts> cli_profile_facts(const Sources& sources, const std::string& profile) {
  const auto file = read_cli_file(sources);
  if (!file) return tl::unexpected(file.error());
  const auto name = wanted_profile(sources, *file, profile);
  const auto found = find_profile(*file, name);
  if (!found) return tl::unexpected(found.error());
  const auto text = [&](const char* member) { return core::string_at(*found, member).value_or(""); };
  return ProfileFacts{
      .name = name, .region = text("region_id"), .endpoint = text("endpoint"), .endpoint_type = text("endpoint_type")};
}

}  // namespace preemptd::ecs
