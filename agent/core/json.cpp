#include "core/json.h"

#include <nlohmann/json.hpp>

#include "core/json_repair.h"

namespace preemptd::core {
namespace {

constexpr int kDeepest = 64;

/// Nesting by brackets alone, outside strings; enough to refuse a reply made to exhaust the stack.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return fail(ErrorCode::bad_reply, "JSON nested deeper than 64 levels");
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(ErrorCode::bad_reply, "not JSON, or cut short");
  return value;
}

Result<Json> parse_json_answer(std::string_view text) {
  auto value = parse_json(text);
  if (value) return value;
  const auto repaired = repair_json(text);
  return repaired ? parse_json(*repaired) : value;
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump_json_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const Json& member_at(const Json& object, std::string_view name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::optional<std::string> string_at(const Json& object, std::string_view name) {
  const Json& value = member_at(object, name);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

std::optional<std::int64_t> integer_at(const Json& object, std::string_view name) {
  const Json& value = member_at(object, name);
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<double> number_at(const Json& object, std::string_view name) {
  const Json& value = member_at(object, name);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

std::optional<bool> bool_at(const Json& object, std::string_view name) {
  const Json& value = member_at(object, name);
  if (!value.is_boolean()) return std::nullopt;
  return value.get<bool>();
}

}  // namespace preemptd::core
