#pragma once
#include <string>

#include "ecs/base/credentials.h"
#include "ecs/credentials/refreshing.h"
#include "metadata/metadata_client.h"

namespace preemptd::ecs {

/// The temporary key of the RAM role attached to this instance, from the metadata service. `role` "" asks for the
/// role's name, and asks again when the role was swapped. Clock and client must outlive it.
class EcsRamRoleCredentials final : public CredentialsProvider {
 public:
  EcsRamRoleCredentials(metadata::MetadataClient& client, const core::Clock& clock, std::string role = {});

  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);
  core::Result<std::string> role(core::Deadline by);

  metadata::MetadataClient& client_;
  const core::Clock& clock_;
  std::string fixed_role_;
  Refreshing refreshing_;
};

}  // namespace preemptd::ecs
