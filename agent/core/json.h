#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

/// Reading JSON that others wrote, without exceptions and without surprise. Include <nlohmann/json.hpp> in the .cpp.
namespace preemptd::core {

using Json = nlohmann::json;

/// The whole text as one JSON value. bad_reply when it is not; never throws. Nesting deeper than 64 is refused.
Result<Json> parse_json(std::string_view text);

/// The same for an answer from a service: a value in it that cannot be read (json_repair.h) costs that value alone.
Result<Json> parse_json_answer(std::string_view text);

/// One line of valid UTF-8 JSON, whatever bytes the strings hold.
std::string dump_json(const Json& value);
/// The same, indented for people, with a newline at the end.
std::string dump_json_pretty(const Json& value);

/// Member of an object; nothing when `object` is no object, the member is missing, or it is of another type.
std::optional<std::string> string_at(const Json& object, std::string_view name);
std::optional<std::int64_t> integer_at(const Json& object, std::string_view name);
std::optional<double> number_at(const Json& object, std::string_view name);
std::optional<bool> bool_at(const Json& object, std::string_view name);
/// Null (a static one) when missing.
const Json& member_at(const Json& object, std::string_view name);

}  // namespace preemptd::core
