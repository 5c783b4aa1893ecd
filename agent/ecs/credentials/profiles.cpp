#include "ecs/credentials/profiles.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/ecs_ram_role.h"
#include "ecs/credentials/ini.h"

namespace preemptd::ecs {
namespace {

using core::Fault;
using core::Json;

/// A chain of source profiles longer than this leads nowhere, or back to itself.
constexpr int kLongestChain = 8;

core::Result<KeyFile> read_keys(const Sources& sources, const std::string& path) {
  auto file = sources.read_file(path);
  if (file && file->exposed && sources.warn) {
    sources.warn(path + " holds keys and can be read by others; chmod 600 it");
  }
  return file;
}

struct CliFile {
  Json json;
  std::string path;
};

core::Result<CliFile> read_cli_file(const Sources& sources) {
  const auto path = sources.environment("ALIBABA_CLOUD_CONFIG_FILE").value_or(sources.home + "/.aliyun/config.json");
  const auto file = read_keys(sources, path);
  if (!file) return tl::unexpected(file.error());
  auto json = core::parse_json(file->text);
  if (!json) return core::fail(Fault::bad_input, "not JSON", path);
  return CliFile{std::move(*json), path};
}

std::string wanted_profile(const Sources& sources, const CliFile& file, const std::string& profile) {
  if (!profile.empty()) return profile;
  for (const char* name : {"ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"}) {
    if (auto value = sources.environment(name)) return *value;
  }
  return core::string_at(file.json, "current").value_or("default");
}

core::Result<Json> find_profile(const CliFile& file, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& each : core::member_at(file.json, "profiles")) {
    names.push_back(core::string_at(each, "name").value_or(""));
    if (names.back() == name) return each;
  }
  const auto near = core::nearest(name, names);
  return core::fail(Fault::bad_input, "no profile '" + core::printable(name, 64) + "'" +
                    (near ? "; did you mean '" + core::printable(*near, 64) + "'?" : ""), file.path);
}

/// One profile's members, by either file's names.
struct Fields {
  std::function<std::string(const char*)> text;
  std::string where;

  core::Result<Credentials> key(bool with_token) const {
    Credentials found{text("access_key_id"), core::Secret(text("access_key_secret")),
                      core::Secret(with_token ? text("sts_token") : ""), with_token ? "static_sts" : "static_ak"};
    if (found.access_key_id.empty() || found.access_key_secret.empty()) {
      return core::fail(Fault::bad_input, "access_key_id or access_key_secret is missing", where);
    }
    if (with_token && found.security_token.empty()) return core::fail(Fault::bad_input, "sts_token is missing", where);
    return found;
  }
};

ProviderResult static_key(const Fields& fields, bool with_token) {
  auto key = fields.key(with_token);
  if (!key) return tl::unexpected(key.error());
  return std::make_unique<StaticCredentials>(std::move(*key));
}

RoleWish wish_in_cli(const Json& profile) {
  const auto text = [&](const char* name) { return core::string_at(profile, name).value_or(""); };
  RoleWish wish{text("ram_role_arn"), text("ram_session_name"), text("policy"), text("external_id"), core::Seconds(3600)};
  if (const auto seconds = core::integer_at(profile, "expired_seconds"); seconds && *seconds > 0) {
    wish.duration = core::Seconds(*seconds);
  }
  return wish;
}

StsPlace place_for(const Sources& sources, const std::string& region) {
  return {sources.environment("ALIBABA_CLOUD_STS_ENDPOINT").value_or(""),
          region.empty() ? sources.environment("ALIBABA_CLOUD_STS_REGION").value_or("") : region,
          is_true(sources.environment, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")};
}

ProviderResult provider_of(const Sources& sources, const CliFile& file, const std::string& name, int depth) {
  if (depth > kLongestChain) return core::fail(Fault::bad_input, "profile '" + name + "' leads to itself", file.path);
  const auto profile = find_profile(file, name);
  if (!profile) return tl::unexpected(profile.error());
  const auto text = [&](const char* member) { return core::string_at(*profile, member).value_or(""); };
  const Fields fields{text, file.path + ", profile '" + core::printable(name, 64) + "'"};
  const std::string mode = text("mode");
  const auto place = place_for(sources, text("sts_region"));
  if (mode == "AK" || mode.empty()) return static_key(fields, false);
  if (mode == "StsToken") return static_key(fields, true);
  if (mode == "EcsRamRole") {
    return std::make_unique<EcsRamRoleCredentials>(sources.metadata, sources.clock, text("ram_role_name"));
  }
  if (mode == "OIDC") {
    return std::make_unique<OidcRole>(sources, text("oidc_provider_arn"), text("oidc_token_file"), wish_in_cli(*profile), place);
  }
  if (mode == "CredentialsURI") return std::make_unique<UriCredentials>(sources, text("credentials_uri"));
  if (mode == "RamRoleArn" || mode == "ChainableRamRoleArn") {
    const bool has_token = !text("sts_token").empty();
    auto source = mode == "RamRoleArn" ? static_key(fields, has_token)
                                       : provider_of(sources, file, text("source_profile"), depth + 1);
    if (!source) return source;
    return std::make_unique<AssumedRole>(sources, std::move(*source), wish_in_cli(*profile), place);
  }
  return core::fail(Fault::bad_input, "mode '" + core::printable(mode, 32) +
                    "' is not supported; AK, StsToken, RamRoleArn, EcsRamRole, ChainableRamRoleArn, OIDC and CredentialsURI are",
                    fields.where);
}

core::Result<std::pair<std::string, KeyFile>> read_ini_file(const Sources& sources) {
  if (const auto path = sources.environment("ALIBABA_CLOUD_CREDENTIALS_FILE")) {
    auto file = read_keys(sources, *path);
    if (!file) return tl::unexpected(file.error());
    return std::pair{*path, std::move(*file)};
  }
  const std::string path = sources.home + "/.alibabacloud/credentials";
  if (auto file = read_keys(sources, path)) return std::pair{path, std::move(*file)};
  auto file = read_keys(sources, path + ".ini");
  if (!file) return core::fail(Fault::local, "cannot be read, nor with .ini at its end", path);
  return std::pair{path + ".ini", std::move(*file)};
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

ProviderResult ini_profile(const Sources& sources, const std::string& section) {
  const auto file = read_ini_file(sources);
  if (!file) return tl::unexpected(file.error());
  const auto name = !section.empty() ? section : sources.environment("ALIBABA_CLOUD_PROFILE").value_or("default");
  const auto found = ini_section(file->second.text, name);
  const std::string where = file->first + ", section [" + core::printable(name, 64) + "]";
  if (!found) return core::fail(Fault::bad_input, "no such section", where);
  const auto text = [&](const char* key) {
    const auto at = found->find(key);
    return at == found->end() ? std::string() : at->second;
  };
  const Fields fields{text, where};
  const std::string type = text("type");
  const RoleWish wish{text("role_arn"), text("role_session_name"), text("policy"), "", core::Seconds(3600)};
  const auto place = place_for(sources, "");
  if (type == "access_key") return static_key(fields, false);
  if (type == "ecs_ram_role") {
    return std::make_unique<EcsRamRoleCredentials>(sources.metadata, sources.clock, text("role_name"));
  }
  if (type == "oidc_role_arn") {
    return std::make_unique<OidcRole>(sources, text("oidc_provider_arn"), text("oidc_token_file_path"), wish, place);
  }
  if (type == "ram_role_arn") {
    auto key = static_key(fields, false);
    if (!key) return key;
    return std::make_unique<AssumedRole>(sources, std::move(*key), wish, place);
  }
  return core::fail(Fault::bad_input, type.empty() ? "type is missing" : "type '" + core::printable(type, 32) +
                    "' is not supported; access_key, ecs_ram_role, ram_role_arn and oidc_role_arn are", where);
}

}  // namespace preemptd::ecs
