#pragma once
#include "core/json.h"
#include "ecs/catalogue/catalogue.h"

namespace preemptd::ecs::catalogue {

/// Lays a structured request, under the API's own names, over `out` as each member travels: flat ("Tag.1.Key"), as one
/// JSON text written as JavaScript writes it, or as texts with commas between. What the action does not know is laid
/// flat. A null member is not sent.
void encode_request(Parameters& out, const Action& action, const core::Json& request);
/// A list's elements as one text; null is an empty one.
std::string with_commas(const core::Json& list);
/// The same as the first, with the members of JSON texts in the order they were given in.
void encode_request(Parameters& out, const Action& action, const nlohmann::ordered_json& request);

}  // namespace preemptd::ecs::catalogue
