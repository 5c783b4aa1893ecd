#pragma once
#include "core/json.h"
#include "simulator/api_error.h"
#include "simulator/call.h"
#include "simulator/world.h"

/// The handlers the table in actions.cpp names, by the file they live in. Each gets a call that is signed, permitted, within
/// its quota and complete in its required parameters, and answers without RequestId.
namespace preemptd::simulator {

// instance_queries.cpp
Answer<core::Json> describe_instances(World& world, const Call& call);
Answer<core::Json> describe_instance_status(World& world, const Call& call);
Answer<core::Json> describe_instance_attribute(World& world, const Call& call);

// identity_actions.cpp
Answer<core::Json> get_caller_identity(World& world, const Call& call);

// tag_actions.cpp
Answer<core::Json> tag_resources(World& world, const Call& call);

}  // namespace preemptd::simulator
