#pragma once
#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

/// Turns what the JSON of POST /set names and leaves the rest: role, token_endpoint, http_tokens, http_endpoint, deny,
/// quota, stock, transition_ms, credential_seconds. All or nothing; bad_input names what is wrong.
core::Result<void> turn_knobs(World& world, const core::Json& wanted);

core::Json knobs_json(const World& world);

}  // namespace preemptd::simulator
