#include "ecs/credentials/profiles.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "ecs/credentials/assumed_role.h"
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
  if (!json) return core::fail(ErrorCode::bad_input, "not JSON", path);
  return CliFile{std::move(*json), path};
}

std::string wanted_profile(const Sources& sources, const CliFile& file, const std::string& profile) {
  if (!profile.empty()) return profile;
  for (const char* name : {"ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"}) {
    if (auto value = sources.environment(name)) return *value;
  }
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

/// The SDKs take an OIDC role's duration from a member of its own.
AssumeRoleParams wish_in(const Profile& profile, const Json& json, const char* duration) {
  for (const char* member : {"policy", "external_id"}) profile.not_used(member);
  auto wish = profile.wish("ram_role_arn", "ram_session_name");
  if (const auto seconds = core::integer_at(json, duration); seconds && *seconds > 0)
    wish.duration = core::Seconds(*seconds);
  return wish;
}

ProviderResult provider_of(const Sources& sources, const CliFile& file, const std::string& name, int depth) {
  if (depth > kLongestChain)
    return core::fail(ErrorCode::bad_input, "profile '" + name + "' leads to itself", file.path);
  const auto json = find_profile(file, name);
  if (!json) return tl::unexpected(json.error());
  const Profile profile{sources, [&](const char* member) { return core::string_at(*json, member).value_or(""); },
                        file.path + ", profile '" + core::printable(name, 64) + "'"};
  const std::string mode = profile.text("mode");
  const bool in_vpc = core::bool_at(*json, "enable_vpc").value_or(false);
  if (mode == "AK") return profile.static_key(false);
  if (mode == "StsToken") return profile.static_key(true);
  if (mode == "EcsRamRole") return instance_role(sources, profile.text("ram_role_name"));
  if (mode == "OIDC") {
    return std::make_unique<OidcRole>(sources, profile.text_or("oidc_provider_arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
                                      profile.text_or("oidc_token_file", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
                                      wish_in(profile, *json, "duration_seconds"),
                                      profile.sts_place("", "sts_region", in_vpc));
  }
  if (mode == "CredentialsURI") return std::make_unique<UriCredentials>(sources, profile.text("credentials_uri"));
  if (mode == "RamRoleArn" || mode == "ChainableRamRoleArn") {
    const bool chained = mode == "ChainableRamRoleArn";
    if (!chained) profile.not_used("sts_token");
    auto source =
        chained ? provider_of(sources, file, profile.text("source_profile"), depth + 1) : profile.static_key(false);
    if (!source) return source;
    return std::make_unique<AssumedRole>(
        sources, std::move(*source), wish_in(profile, *json, "expired_seconds"),
        chained ? profile.sts_place("", "sts_region", false) : profile.sts_place("sts_endpoint", "sts_region", in_vpc));
  }
  return profile.unsupported(
      mode.empty() ? "mode is missing" : "mode '" + core::printable(mode, 32) + "' is not supported",
      "AK, StsToken, RamRoleArn, EcsRamRole, ChainableRamRoleArn, OIDC and CredentialsURI are");
}

}  // namespace

ProviderResult cli_profile(const Sources& sources, const std::string& profile) {
  const auto file = read_cli_file(sources);
  if (!file) return tl::unexpected(file.error());
  return provider_of(sources, *file, wanted_profile(sources, *file, profile), 1);
}

core::Result<ProfileFacts> cli_profile_facts(const Sources& sources, const std::string& profile) {
  const auto file = read_cli_file(sources);
  if (!file) return tl::unexpected(file.error());
  const auto name = wanted_profile(sources, *file, profile);
  const auto found = find_profile(*file, name);
  if (!found) return tl::unexpected(found.error());
  return ProfileFacts{name, core::string_at(*found, "region_id").value_or("")};
}

}  // namespace preemptd::ecs
