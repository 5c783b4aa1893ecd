#pragma once
#include <functional>
#include <memory>

#include "daemon/sightings.h"
#include "ecs/credentials/credentials.h"
#include "metadata/metadata_client.h"

namespace preemptd::daemon {

/// The key a node signs with: the environment's where it has one, else the RAM role's attached to the instance. Nothing
/// else of the official chain: files of a user are no business of a service. `metadata` must outlive it. `on_key` hears, on
/// the caller's thread, where each key came from.
std::unique_ptr<ecs::CredentialsProvider> make_node_credentials(metadata::MetadataClient& metadata,
                                                                std::function<void(KeySource)> on_key = {});

}  // namespace preemptd::daemon
