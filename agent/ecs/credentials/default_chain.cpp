#include "ecs/credentials/default_chain.h"

#include <utility>

#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/profile.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

ProviderResult oidc_by_environment(const Sources& sources) {
  const auto text = [&](const char* name) { return sources.environment(name).value_or(""); };
  AssumeRoleParams wish{text("ALIBABA_CLOUD_ROLE_ARN"), text("ALIBABA_CLOUD_ROLE_SESSION_NAME"), "", "",
                        core::Seconds(3600)};
  const auto provider = text("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"), file = text("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  if (wish.role_arn.empty() || provider.empty() || file.empty()) {
    return core::fail(
        ErrorCode::denied,
        "ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE are not all set");
  }
  return std::make_unique<OidcRole>(sources, provider, file, std::move(wish), sts_place(sources));
}

ProviderResult cli_by_environment(const Sources& sources) {
  if (is_true(sources.environment, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED")) {
    return core::fail(ErrorCode::denied, "switched off by ALIBABA_CLOUD_CLI_PROFILE_DISABLED");
  }
  return cli_profile(sources, "");
}

ProviderResult uri_by_environment(const Sources& sources) {
  const auto uri = sources.environment("ALIBABA_CLOUD_CREDENTIALS_URI");
  if (!uri) return core::fail(ErrorCode::denied, "ALIBABA_CLOUD_CREDENTIALS_URI is not set");
  return std::make_unique<UriCredentials>(sources, *uri);
}

/// Worth another try by the caller when any of the reasons was.
ErrorCode worse(ErrorCode a, ErrorCode b) {
  const auto passing = [](ErrorCode fault) {
    return fault == ErrorCode::unreachable || fault == ErrorCode::timed_out || fault == ErrorCode::untrusted ||
           fault == ErrorCode::throttled;
  };
  return passing(a) ? a : passing(b) ? b : ErrorCode::denied;
}

}  // namespace

DefaultChain::DefaultChain(const Sources& sources) {
  links_ = {{"env", [&]() -> ProviderResult { return std::make_unique<EnvironmentCredentials>(sources.environment); }},
            {"oidc_role_arn", [&] { return oidc_by_environment(sources); }},
            {"cli_profile", [&] { return cli_by_environment(sources); }},
            {"profile", [&] { return ini_profile(sources, ""); }},
            {"ecs_ram_role", [&] { return instance_role(sources, ""); }},
            {"credential_uri", [&] { return uri_by_environment(sources); }}};
}

core::Result<Credentials> DefaultChain::get(core::Deadline by) {
  std::string reasons;
  ErrorCode fault = ErrorCode::denied;
  if (!chosen_) {
    for (const auto& link : links_) {
      auto provider = link.make();
      auto key = provider ? (*provider)->get(by) : core::Result<Credentials>(tl::unexpected(provider.error()));
      if (key) {
        chosen_ = std::move(*provider);
        chosen_name_ = "default/" + link.name;
        key->provider = chosen_name_;
        return key;
      }
      fault = worse(fault, key.error().code);
      reasons += (reasons.empty() ? "" : "; ") + link.name + ": " + core::describe(key.error());
    }
    return core::fail(fault, "no credentials found; " + reasons);
  }
  auto key = chosen_->get(by);
  if (key) key->provider = chosen_name_;
  return key;
}

void DefaultChain::discard() {
  if (chosen_) chosen_->discard();
}

}  // namespace preemptd::ecs
