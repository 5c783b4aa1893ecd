#pragma once
#include <functional>
#include <memory>

#include "ecs/base/credentials.h"
#include "metadata/metadata_client.h"

namespace preemptd::node {

/// Where the key came from that the API was last asked with.
enum class KeySource { not_asked, environment, ram_role, none };

/// The key a node signs with: the environment's where it has one, else the RAM role's attached to the instance. Nothing
/// else of the official chain: files of a user are no business of a service. Half a key in the environment is
/// bad_input: the role does not act in its place. `metadata` must outlive it. `on_key` hears, on the caller's thread,
/// where each key came from.
std::unique_ptr<ecs::CredentialsProvider> make_node_credentials(metadata::MetadataClient& metadata,
                                                                std::function<void(KeySource)> on_key = {});

}  // namespace preemptd::node
