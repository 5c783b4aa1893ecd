#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace preemptd::ecs {

/// Request parameters under their flat wire names ("Tag.1.Key"), in byte order of the names: the order signatures want.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// A structured value as the API's flat names, written below `name`: object members as "A.B", array elements as "A.1",
/// "A.2". Null sends nothing (in an array it still uses up its number), nor do empty objects and arrays; an empty
/// string is sent. Numbers as the official SDKs write them: the shortest form that reads back, 4.0 as 4. An object at
/// the top (name "") gives its members.
void flatten(Parameters& out, const std::string& name, const core::Json& value);

/// One value that is no object and no array, as above.
std::string scalar_text(const core::Json& value);

/// "name=value" pairs joined by '&', percent-encoded, in order: a query, a form body, and what both signatures cover.
std::string canonical_query(const Parameters& parameters);

/// A JSON array of strings in one parameter, as DescribeInstances.InstanceIds wants it: ["i-a","i-b"].
std::string json_array(const std::vector<std::string>& texts);

}  // namespace preemptd::ecs
