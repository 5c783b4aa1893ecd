#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ecs/credentials/profiles.h"

namespace preemptd::ecs {

/// The official SDKs' search for a key, in their order: environment, OIDC role by environment, CLI profile, INI file,
/// the instance's RAM role, credentials URI. The first source that is configured decides and is kept.
///
/// A source that was requested (ALIBABA_CLOUD_PROFILE, …_CONFIG_FILE, …_CREDENTIALS_FILE, …_ECS_METADATA) or
/// configured, wholly or by half, and cannot be used is an error that names it: another identity never acts in its
/// place. Half a key and half an OIDC role in the environment are no error where a profile takes from them what it
/// lacks itself. With Sources::lenient any failure moves on to the next source, as in the SDKs. When no source is
/// configured the failure has a line for each, and the next call searches again.
class DefaultChain final : public CredentialsProvider {
 public:
  /// `sources` must outlive the chain.
  explicit DefaultChain(const Sources& sources);
  DefaultChain(const DefaultChain&) = delete;
  DefaultChain& operator=(const DefaultChain&) = delete;

  core::Result<Credentials> get(core::Deadline by) override;
  void discard() override;

 private:
  struct Link {
    std::string name;  ///< as the SDKs report it: "env", "oidc_role_arn", …
    std::function<ProviderResult()> make;
    bool only_tried = false;  ///< part of the search without being asked for: its failure is no reason to stop
  };
  /// Half a source in the environment, until a profile turns out to use it.
  struct Half {
    core::Error error;
    std::vector<std::string> variables;
  };
  struct Search;

  Sources noting_sources(const Sources& sources);
  ProviderResult environment_key();
  ProviderResult oidc_by_environment();
  ProviderResult file_profile();
  ProviderResult ini_section_profile();
  core::Result<Credentials> search(core::Deadline by);
  std::optional<core::Error> half_left(const std::set<std::string>& used) const;

  std::set<std::string> read_;  ///< names of the environment's variables that were read
  Sources sources_;
  std::vector<Link> links_;
  std::vector<Half> halves_;
  std::unique_ptr<CredentialsProvider> chosen_;
  std::string chosen_name_;
};

}  // namespace preemptd::ecs
