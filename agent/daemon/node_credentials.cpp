#include "daemon/node_credentials.h"

#include "ecs/credentials/ecs_ram_role.h"
#include "ecs/credentials/static_credentials.h"

namespace preemptd::daemon {
namespace {

class NodeCredentials final : public ecs::CredentialsProvider {
 public:
  explicit NodeCredentials(metadata::MetadataClient& metadata)
      : environment_(ecs::process_environment()), role_(metadata, core::system_clock()) {}

  core::Result<ecs::Credentials> get(core::Deadline by) override {
    if (auto from_environment = environment_.get(by)) return from_environment;
    return role_.get(by);
  }
  void discard() override { role_.discard(); }

 private:
  ecs::EnvironmentCredentials environment_;
  ecs::EcsRamRoleCredentials role_;
};

}  // namespace

std::unique_ptr<ecs::CredentialsProvider> make_node_credentials(metadata::MetadataClient& metadata) {
  return std::make_unique<NodeCredentials>(metadata);
}

}  // namespace preemptd::daemon
