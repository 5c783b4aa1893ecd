#include "ecs/base/json_value.h"

#include <simdjson.h>

#include <bit>
#include <charconv>
#include <cmath>

#include "core/json_repair.h"

namespace preemptd::ecs {

using simdjson::dom::element;

struct JsonAccess {
  static_assert(sizeof(element) == sizeof(std::array<std::uint64_t, 2>));

  static JsonValue wrap(element from) {
    JsonValue value;
    value.element_ = std::bit_cast<std::array<std::uint64_t, 2>>(from);
    value.present_ = !from.is_null();
    return value;
  }
  static element unwrap(const JsonValue& value) { return std::bit_cast<element>(value.element_); }
};

namespace {

/// The whole text as a number, or nothing.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The elements of a list, wrapped in an object or not.
std::optional<simdjson::dom::array> elements_of(element value) {
  simdjson::dom::array array;
  if (value.get(array) == simdjson::SUCCESS) return array;
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return std::nullopt;
  for (const auto& field : object) {
    if (field.value.get(array) == simdjson::SUCCESS) return array;
  }
  return std::nullopt;
}

template <typename Wanted>
std::optional<Wanted> get(const JsonValue& value) {
  Wanted found{};
  if (!value.exists() || JsonAccess::unwrap(value).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

}  // namespace

bool JsonValue::is_object() const {
  return present_ && JsonAccess::unwrap(*this).is_object();
}
bool JsonValue::is_array() const {
  return present_ && JsonAccess::unwrap(*this).is_array();
}

JsonValue JsonValue::at(std::string_view name) const {
  const auto object = get<simdjson::dom::object>(*this);
  element found;
  if (!object || object->at_key(name).get(found) != simdjson::SUCCESS) return {};
  return JsonAccess::wrap(found);
}

std::optional<std::string_view> JsonValue::text() const {
  return get<std::string_view>(*this);
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (const auto value = get<std::int64_t>(*this)) return value;
  if (const auto string = text()) return number_in<std::int64_t>(*string);
  constexpr double kExact = 9007199254740992;  // up to here every whole double is the number meant
  const auto value = get<double>(*this);
  if (!value || !(std::fabs(*value) <= kExact) || std::trunc(*value) != *value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<double> JsonValue::number() const {
  if (const auto value = get<double>(*this)) return value;
  if (const auto string = text()) return number_in<double>(*string);
  return std::nullopt;
}

std::optional<bool> JsonValue::boolean() const {
  if (const auto value = get<bool>(*this)) return value;
  if (const auto number = get<std::int64_t>(*this); number == 0 || number == 1) return number == 1;
  const auto string = text();
  if (string == "true") return true;
  if (string == "false") return false;
  return std::nullopt;
}

std::string JsonValue::text_or_empty() const {
  if (const auto string = text()) return std::string(*string);
  if (!present_ || is_object() || is_array()) return {};
  return simdjson::minify(JsonAccess::unwrap(*this));
}

std::string JsonValue::raw() const {
  return present_ ? simdjson::minify(JsonAccess::unwrap(*this)) : "null";
}

void JsonValue::each_element(void (*visit)(void*, JsonValue), void* context) const {
  if (!present_) return;
  if (const auto elements = elements_of(JsonAccess::unwrap(*this))) {
    for (const element each : *elements) visit(context, JsonAccess::wrap(each));
  }
}

void JsonValue::each_pair(void (*visit)(void*, std::string_view, JsonValue), void* context) const {
  const auto object = get<simdjson::dom::object>(*this);
  if (!object) return;
  for (const auto& field : *object) visit(context, field.key, JsonAccess::wrap(field.value));
}

struct JsonDocument::Parsed {
  bool read() {
    // simdjson reads a little past the end; with room reserved it needs no copy of the text.
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    return parser.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(root) == simdjson::SUCCESS;
  }

  std::string text;
  simdjson::dom::parser parser;
  element root;
};

JsonDocument::JsonDocument(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

core::Result<JsonDocument> JsonDocument::parse(std::string&& text) {
  auto parsed = std::make_unique<Parsed>();
  parsed->text = std::move(text);
  if (parsed->read()) return JsonDocument(std::move(parsed));
  text = std::move(parsed->text);
  if (auto repaired = core::repair_json(text)) {
    parsed->text = std::move(*repaired);
    if (parsed->read()) return JsonDocument(std::move(parsed));
  }
  return core::fail(core::ErrorCode::bad_reply, "not JSON, or cut short");
}

JsonValue JsonDocument::root() const {
  return JsonAccess::wrap(parsed_->root);
}
const std::string& JsonDocument::text() const {
  return parsed_->text;
}

}  // namespace preemptd::ecs
