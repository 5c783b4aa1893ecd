#include "node/node_credentials.h"

#include <utility>

#include "ecs/credentials/ecs_ram_role.h"
#include "ecs/credentials/static_credentials.h"

namespace preemptd::node {
namespace {

class NodeCredentials final : public ecs::CredentialsProvider {
 public:
  NodeCredentials(metadata::MetadataClient& metadata, std::function<void(KeySource)> on_key)
      : environment_(ecs::process_environment()), role_(metadata, core::system_clock()), on_key_(std::move(on_key)) {}

  core::Result<ecs::Credentials> get(core::Deadline by) override {
    if (auto from_environment = environment_.get(by)) {
      report(KeySource::environment);
      return from_environment;
    } else if (from_environment.error().code == core::ErrorCode::bad_input) {
      report(KeySource::none);
      return from_environment;
    }
    auto from_role = role_.get(by);
    if (from_role) report(KeySource::ram_role);
    // Any other fault says nothing about whether there is a role.
    if (!from_role && from_role.error().code == core::ErrorCode::denied) report(KeySource::none);
    return from_role;
  }
  void discard() override { role_.discard(); }

 private:
  void report(KeySource key) const {
    if (on_key_) on_key_(key);
  }

  ecs::EnvironmentCredentials environment_;
  ecs::EcsRamRoleCredentials role_;
  std::function<void(KeySource)> on_key_;
};

}  // namespace

std::unique_ptr<ecs::CredentialsProvider> make_node_credentials(metadata::MetadataClient& metadata,
                                                                std::function<void(KeySource)> on_key) {
  return std::make_unique<NodeCredentials>(metadata, std::move(on_key));
}

}  // namespace preemptd::node
