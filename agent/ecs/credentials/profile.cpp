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
  const auto part = [&](const char* member, const char* variable) {
    return trimmed_key(text_or(member, variable), where + ": " + member, sources.warn);
  };
  Credentials found{.access_key_id = part("access_key_id", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
                    .access_key_secret = core::Secret(part("access_key_secret", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
                    .security_token = core::Secret(with_token ? part("sts_token", "ALIBABA_CLOUD_SECURITY_TOKEN") : ""),
                    .provider = with_token ? "static_sts" : "static_ak"};
  for (const auto& [missing, member] : {std::pair{found.access_key_id.empty(), "access_key_id"},
                                        std::pair{found.access_key_secret.empty(), "access_key_secret"},
                                        std::pair{with_token && found.security_token.empty(), "sts_token"}}) {
    if (missing) return core::fail(ErrorCode::bad_input, std::string(member) + " is missing or empty", where);
  }
  return std::make_unique<StaticCredentials>(std::move(found));
}

AssumeRoleParams Profile::wish(const char* role_arn, const char* session_name) const {
  return {.role_arn = text_or(role_arn, "ALIBABA_CLOUD_ROLE_ARN"),
          .session_name = text_or(session_name, "ALIBABA_CLOUD_ROLE_SESSION_NAME"),
          .policy = text("policy")};
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

namespace {

class SourcedCredentials final : public CredentialsProvider {
 public:
  SourcedCredentials(std::unique_ptr<CredentialsProvider> inner, std::string source)
      : inner_(std::move(inner)), source_(std::move(source)) {}

  core::Result<Credentials> get(core::Deadline by) override {
    auto key = inner_->get(by);
    if (key) {
      key->source = source_;
    } else if (!key.error().where.starts_with(source_)) {
      auto& where = key.error().where;
      where = source_ + (where.empty() ? "" : ": " + where);
    }
    return key;
  }
  void discard() override { inner_->discard(); }

 private:
  std::unique_ptr<CredentialsProvider> inner_;
  std::string source_;
};

}  // namespace

ProviderResult from_source(ProviderResult provider, const std::string& source) {
  if (provider) *provider = std::make_unique<SourcedCredentials>(std::move(*provider), source);
  return provider;
}

std::string first_set(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name)) return *value;
  }
  return {};
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
