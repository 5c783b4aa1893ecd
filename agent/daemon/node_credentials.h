#pragma once
#include <memory>

#include "ecs/credentials/credentials.h"
#include "metadata/metadata_client.h"

namespace preemptd::daemon {

/// The key a node signs with: the environment's where it has one, else the RAM role's attached to the instance. Nothing
/// else of the official chain: files of a user are no business of a service. `metadata` must outlive it.
std::unique_ptr<ecs::CredentialsProvider> make_node_credentials(metadata::MetadataClient& metadata);

}  // namespace preemptd::daemon
