#include "ecs/credentials/default_chain.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/profile.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

constexpr const char* kRoleArn = "ALIBABA_CLOUD_ROLE_ARN";
constexpr const char* kOidcProvider = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
constexpr const char* kOidcToken = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";
constexpr std::array<const char*, 3> kOidc{kRoleArn, kOidcProvider, kOidcToken};

ProviderResult uri_by_environment(const Sources& sources) {
  const auto uri = sources.environment("ALIBABA_CLOUD_CREDENTIALS_URI");
  if (!uri) return core::fail(ErrorCode::denied, "ALIBABA_CLOUD_CREDENTIALS_URI is not set");
  return from_source(std::make_unique<UriCredentials>(sources, *uri),
                     "ALIBABA_CLOUD_CREDENTIALS_URI (" + core::redact_url(*uri) + ")");
}

ProviderResult role_by_environment(const Sources& sources) {
  const auto role = sources.environment("ALIBABA_CLOUD_ECS_METADATA");
  return from_source(instance_role(sources, ""),
                     "this instance's RAM role" + (role ? " '" + core::printable(*role, 64) + "'" : std::string()));
}

constexpr auto kProfileVariables = {"ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"};

std::string asked_for_by(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto value = environment(name))
      return ", although " + std::string(name) + "=" + core::printable(*value, 128) + " asks for it";
  }
  return {};
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

Sources DefaultChain::noting_sources(const Sources& sources) {
  auto noting = sources;
  noting.environment = [this, &sources](const std::string& name) {
    read_.insert(name);
    return sources.environment(name);
  };
  return noting;
}

DefaultChain::DefaultChain(const Sources& sources) : sources_(noting_sources(sources)) {
  links_ = {{"env", [this] { return environment_key(); }},
            {"oidc_role_arn", [this] { return oidc_by_environment(); }},
            {"cli_profile", [this] { return file_profile(); }},
            {"profile", [this] { return ini_section_profile(); }},
            {"ecs_ram_role", [this] { return role_by_environment(sources_); },
             !sources_.environment("ALIBABA_CLOUD_ECS_METADATA")},
            {"credential_uri", [this] { return uri_by_environment(sources_); }}};
}

ProviderResult DefaultChain::environment_key() {
  EnvironmentCredentials probe(sources_.environment);
  const auto key = probe.get(core::Deadline());
  if (key) return std::make_unique<EnvironmentCredentials>(sources_.environment, sources_.warn);
  if (auto half = probe.half_a_key(); !half.empty()) halves_.push_back({key.error(), std::move(half)});
  return core::fail(ErrorCode::denied, key.error().what);
}

ProviderResult DefaultChain::oidc_by_environment() {
  const auto text = [&](const char* name) { return sources_.environment(name).value_or(""); };
  std::vector<std::string> set, missing;
  for (const char* name : kOidc) (text(name).empty() ? missing : set).emplace_back(name);
  if (missing.empty()) {
    AssumeRoleParams role{.role_arn = text(kRoleArn), .session_name = text("ALIBABA_CLOUD_ROLE_SESSION_NAME")};
    const auto source = "OIDC role " + core::printable(role.role_arn, 128) + " of the environment";
    return from_source(std::make_unique<OidcRole>(sources_, text(kOidcProvider), text(kOidcToken), std::move(role),
                                                  sts_place(sources_)),
                       source);
  }
  const auto what = core::join(missing) + (missing.size() == 1 ? " is" : " are") + " not set";
  if (!set.empty()) {
    halves_.push_back({core::Error{ErrorCode::bad_input,
                                   what + ", although " + core::join(set) + (set.size() == 1 ? " is" : " are") +
                                       "; an OIDC role needs all three",
                                   "environment"},
                       std::move(set)});
  }
  return core::fail(ErrorCode::denied, what);
}

ProviderResult DefaultChain::file_profile() {
  if (is_true(sources_.environment, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))
    return core::fail(ErrorCode::denied, "switched off by ALIBABA_CLOUD_CLI_PROFILE_DISABLED");
  const auto ignore = first_set(sources_.environment, {"ALIBABA_CLOUD_IGNORE_PROFILE", "ALIBABACLOUD_IGNORE_PROFILE"});
  if (core::equal_ignoring_case(ignore, "true"))
    return core::fail(ErrorCode::denied, "switched off by ALIBABA_CLOUD_IGNORE_PROFILE");
  auto provider = cli_profile(sources_, "");
  if (provider || sources_.lenient) return provider;
  if (cli_lacks_profile(sources_, "")) {
    const auto name = sources_.environment("ALIBABA_CLOUD_PROFILE");
    if (name && ini_has_section(sources_, *name)) provider.error().code = ErrorCode::denied;
    provider.error().what += asked_for_by(sources_.environment, kProfileVariables);
  }
  const bool absent = provider.error().code == ErrorCode::denied;
  if (absent && sources_.environment("ALIBABA_CLOUD_CONFIG_FILE")) {
    provider.error().code = ErrorCode::bad_input;
    provider.error().what += ", although ALIBABA_CLOUD_CONFIG_FILE names it";
  }
  return provider;
}

ProviderResult DefaultChain::ini_section_profile() {
  auto provider = ini_profile(sources_, "");
  if (provider || sources_.lenient || provider.error().code != ErrorCode::denied) return provider;
  auto& error = provider.error();
  if (const auto asked = asked_for_by(sources_.environment, {"ALIBABA_CLOUD_CREDENTIALS_FILE"}); !asked.empty()) {
    error.code = ErrorCode::bad_input;
    error.what += asked;
  } else if (const auto profile = asked_for_by(sources_.environment, kProfileVariables); !profile.empty()) {
    error.code = ErrorCode::bad_input;
    error.what += profile + ", and the CLI's file is missing or not to be used";
  }
  return provider;
}

std::optional<core::Error> DefaultChain::half_left(const std::set<std::string>& used) const {
  if (sources_.lenient) return std::nullopt;
  for (const auto& half : halves_) {
    const bool taken = std::any_of(half.variables.begin(), half.variables.end(),
                                   [&](const std::string& name) { return used.contains(name); });
    if (!taken) return half.error;
  }
  return std::nullopt;
}

core::Result<Credentials> DefaultChain::search(core::Deadline by) {
  std::string reasons;
  ErrorCode fault = ErrorCode::denied;
  halves_.clear();
  for (const auto& link : links_) {
    read_.clear();
    auto provider = link.make();
    const auto used = link.name == "cli_profile" || link.name == "profile" ? read_ : std::set<std::string>();
    if (provider && link.name != "env") {
      if (auto half = half_left(used)) return tl::unexpected(std::move(*half));
    }
    auto key = provider ? (*provider)->get(by) : core::Result<Credentials>(tl::unexpected(provider.error()));
    if (key) {
      chosen_ = std::move(*provider);
      chosen_name_ = "default/" + link.name;
      return key;
    }
    const bool configured = (provider && !link.only_tried) || key.error().code == ErrorCode::bad_input ||
                            (!provider && key.error().code != ErrorCode::denied);
    if (configured && !sources_.lenient) return key;
    fault = worse(fault, key.error().code);
    reasons += "\n  " + link.name + ": " + core::describe(key.error());
  }
  if (auto half = half_left({})) return tl::unexpected(std::move(*half));
  return core::fail(fault, "no credentials found" + reasons);
}

core::Result<Credentials> DefaultChain::get(core::Deadline by) {
  auto key = chosen_ ? chosen_->get(by) : search(by);
  if (key) key->provider = chosen_name_;
  return key;
}

void DefaultChain::discard() {
  if (chosen_) chosen_->discard();
}

}  // namespace preemptd::ecs
