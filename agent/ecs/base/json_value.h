#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace preemptd::ecs {

/// One value inside a JsonDocument, or nothing at all: a member that is missing, and one that is null, read alike.
/// Cheap to copy; valid as long as its document. Reads leniently where the API is known to answer unevenly.
class JsonValue {
 public:
  JsonValue() = default;

  bool exists() const { return present_; }
  bool is_object() const;
  bool is_array() const;

  /// A member of an object; nothing when this is none or has no such member.
  JsonValue at(std::string_view name) const;

  /// A string as it is; nothing for anything else. Valid as long as the document.
  std::optional<std::string_view> text() const;
  /// This value as JSON text without blanks; "null" for nothing.
  std::string raw() const;
  /// Any scalar as text: a string, "true", "42", "0.5"; "" for nothing, objects and arrays.
  std::string text_or_empty() const;
  /// A number without a fraction (4, 4.0), or a string that is one.
  std::optional<std::int64_t> integer() const;
  /// A number, or a string that is one.
  std::optional<double> number() const;
  /// true and false, these words as a string, or 1 and 0.
  std::optional<bool> boolean() const;

  /// Calls visit(JsonValue) for each element of a list however it is wrapped: a bare array, or an object whose first
  /// array holds the elements ({"LockReason":[…]}). Null, "", {} and a missing list have none.
  template <typename Visit>
  void each(Visit visit) const {
    each_element([](void* context, JsonValue value) { (*static_cast<Visit*>(context))(value); }, &visit);
  }
  /// Calls visit(std::string_view name, JsonValue) for each member of an object.
  template <typename Visit>
  void each_member(Visit visit) const {
    each_pair(
        [](void* context, std::string_view name, JsonValue value) { (*static_cast<Visit*>(context))(name, value); },
        &visit);
  }

 private:
  friend class JsonDocument;
  friend struct JsonAccess;
  void each_element(void (*visit)(void*, JsonValue), void* context) const;
  void each_pair(void (*visit)(void*, std::string_view, JsonValue), void* context) const;

  std::array<std::uint64_t, 2> element_{};  ///< a simdjson::dom::element, kept out of this header
  bool present_ = false;
};

/// A parsed and fully checked JSON text; owns what its values point to.
class JsonDocument {
 public:
  /// The whole text as one JSON value. One value in it that cannot be read (half a surrogate pair, invalid UTF-8, a
  /// number over 64 bits; core/json_repair.h) costs that value alone. bad_reply when the text is no JSON, or cut short;
  /// it is then left as it was.
  static core::Result<JsonDocument> parse(std::string&& text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonValue root() const;
  /// The text it was made from, repaired where that was needed.
  const std::string& text() const;

 private:
  struct Parsed;
  explicit JsonDocument(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace preemptd::ecs
