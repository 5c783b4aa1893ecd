#include "ecs/credentials/profile.h"

#include <utility>

#include "ecs/credentials/ecs_ram_role.h"

namespace preemptd::ecs {

using core::ErrorCode;

std::string Profile::text_or(const char* member, const char* variable) const {
  auto value = text(member);
  return value.empty() ? sources.environment(variable).value_or("") : value;
}

ProviderResult Profile::static_key(bool with_token) const {
  Credentials found{text_or("access_key_id", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
                    core::Secret(text_or("access_key_secret", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
                    core::Secret(with_token ? text_or("sts_token", "ALIBABA_CLOUD_SECURITY_TOKEN") : ""),
                    with_token ? "static_sts" : "static_ak"};
  if (found.access_key_id.empty() || found.access_key_secret.empty()) {
    return core::fail(ErrorCode::bad_input, "access_key_id or access_key_secret is missing", where);
  }
  if (with_token && found.security_token.empty())
    return core::fail(ErrorCode::bad_input, "sts_token is missing", where);
  return std::make_unique<StaticCredentials>(std::move(found));
}

AssumeRoleParams Profile::wish(const char* role_arn, const char* session_name) const {
  return {text_or(role_arn, "ALIBABA_CLOUD_ROLE_ARN"), text_or(session_name, "ALIBABA_CLOUD_ROLE_SESSION_NAME"), "", "",
          core::Seconds(3600)};
}

void Profile::not_used(const char* member) const {
  if (text(member).empty() || !sources.warn) return;
  sources.warn(where + ": " + member + " is not used, as the official SDKs do not use it");
}

StsEndpoint Profile::sts_place(const char* endpoint, const char* region, bool in_vpc) const {
  auto place = ecs::sts_place(sources);
  if (auto own = text(endpoint); !own.empty()) place.endpoint = std::move(own);
  if (auto own = text(region); !own.empty()) place.region = std::move(own);
  place.in_vpc = place.in_vpc || in_vpc;
  return place;
}

tl::unexpected<core::Error> Profile::unsupported(const std::string& what, const char* supported) const {
  return core::fail(ErrorCode::bad_input, what + "; " + supported, where);
}

ProviderResult instance_role(const Sources& sources, const std::string& role) {
  if (is_true(sources.environment, "ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
    return core::fail(ErrorCode::denied, "switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  }
  return std::make_unique<EcsRamRoleCredentials>(
      sources.metadata, sources.clock,
      role.empty() ? sources.environment("ALIBABA_CLOUD_ECS_METADATA").value_or("") : role);
}

StsEndpoint sts_place(const Sources& sources) {
  return {sources.environment("ALIBABA_CLOUD_STS_ENDPOINT").value_or(""),
          sources.environment("ALIBABA_CLOUD_STS_REGION").value_or(""),
          is_true(sources.environment, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")};
}

core::Result<KeyFile> read_keys(const Sources& sources, const std::string& path) {
  auto file = sources.read_file(path);
  if (file && file->exposed && sources.warn) {
    sources.warn(path + " holds keys and can be read by others; chmod 600 it");
  }
  return file;
}

}  // namespace preemptd::ecs
