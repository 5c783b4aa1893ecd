#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ecs/credentials/profiles.h"

namespace preemptd::ecs {

/// The official SDKs' search for a key, in their order: environment, OIDC role by environment, CLI profile, INI file,
/// the instance's RAM role, credentials URI. The first that answers is kept; when none does, the failure says why for
/// each, and the next call searches anew.
class DefaultChain final : public CredentialsProvider {
 public:
  /// `sources` must outlive the chain.
  explicit DefaultChain(const Sources& sources);
  core::Result<Credentials> get(core::Deadline by) override;
  void discard() override;

 private:
  struct Link {
    std::string name;  ///< as the SDKs report it: "env", "oidc_role_arn", …
    std::function<ProviderResult()> make;
  };
  std::vector<Link> links_;
  std::unique_ptr<CredentialsProvider> chosen_;
  std::string chosen_name_;
};

}  // namespace preemptd::ecs
