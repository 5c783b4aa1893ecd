// Between what a source said and what a key takes: kinds, ranges, and the way back to text.
#include <algorithm>
#include <charconv>

#include "config/keys.h"
#include "config/toml_file.h"
#include "core/duration.h"
#include "core/notice.h"
#include "core/text.h"

namespace preemptd::config {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::string_view kStarts[] = {"automatic", "always", "never"};

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // clang 14 does not deduce it for an aggregate

std::string in_quotes(std::string_view text) {
  return "'" + core::printable(text, 80) + "'";
}

std::string describe_value(const Value& value) {
  return std::visit(Overloaded{[](const std::string& text) { return in_quotes(text); },
                               [](bool flag) -> std::string { return flag ? "true" : "false"; },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](const std::vector<std::string>&) -> std::string { return "a list"; },
                               [](const Other& other) { return other.type; }},
                    value);
}

tl::unexpected<core::Error> misfit(const Key& key, const Value& value) {
  std::string what = "'" + std::string(key.name) + "' takes " + kind_of(key) + ", not " + describe_value(value);
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number != nullptr && kind_of(key).find("duration") != std::string::npos) {
    what += "; write the unit: \"" + std::to_string(*number) + "s\"";
  }
  return fail(ErrorCode::bad_input, what);
}

Result<void> check_choice(const Key& key, const std::string& text) {
  if (key.choices.empty() || std::find(key.choices.begin(), key.choices.end(), text) != key.choices.end()) return {};
  std::string what = in_quotes(text) + " is not known for '" + std::string(key.name) + "'";
  const auto near = core::nearest(text, {key.choices.begin(), key.choices.end()});
  what += near ? "; did you mean '" + *near + "'?" : "; it takes one of: " + core::join(key.choices);
  return fail(ErrorCode::bad_input, what);
}

bool is_url(std::string_view text) {
  const bool known = text.starts_with("http://") || text.starts_with("https://");
  const auto plain = [](char c) { return c > ' ' && c != 0x7f; };
  return known && text.find("://") + 3 < text.size() && std::all_of(text.begin(), text.end(), plain);
}

Result<void> check_form(const Key& key, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    return fail(ErrorCode::bad_input, "a NUL character in '" + std::string(key.name) + "'");
  const std::string what = "'" + std::string(key.name) + "' takes " + kind_of(key) + ", not " + in_quotes(text);
  if (text.empty() && key.needed) return fail(ErrorCode::bad_input, what);
  if (text.empty()) return {};
  if (key.form == Form::absolute_path && text.front() != '/') return fail(ErrorCode::bad_input, what);
  // The text may be a secret address, so it is not repeated.
  if (key.form == Form::url && !is_url(text))
    return fail(ErrorCode::bad_input, "'" + std::string(key.name) + "' takes " + kind_of(key));
  if (key.form == Form::name && !core::is_plain_name(text)) return fail(ErrorCode::bad_input, what);
  return check_choice(key, text);
}

Result<std::string> read_text(const Key& key, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return misfit(key, value);
  const auto good = check_form(key, *text);
  if (!good) return tl::unexpected(good.error());
  if (text->empty() && !key.choices.empty()) return tl::unexpected(check_choice(key, *text).error());
  return *text;
}

Result<bool> read_flag(const Key& key, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return misfit(key, value);
}

Result<int> read_number(const Key& key, const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return misfit(key, value);
  if (*number >= key.least_number && *number <= key.most_number) return static_cast<int>(*number);
  return fail(ErrorCode::bad_input,
              "'" + std::string(key.name) + "' takes " + kind_of(key) + ", not " + std::to_string(*number));
}

Result<Millis> read_duration(const Key& key, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return misfit(key, value);
  auto duration = core::parse_duration(*text);
  if (!duration) return fail(ErrorCode::bad_input, "'" + std::string(key.name) + "': " + duration.error().what);
  if (*duration >= key.least && (key.most == Millis{0} || *duration <= key.most)) return duration;
  return fail(ErrorCode::bad_input, "'" + std::string(key.name) + "' takes " + kind_of(key) + ", not " + *text);
}

Result<std::vector<std::string>> read_list(const Key& key, const Value& value) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) return misfit(key, value);
  for (const auto& entry : *list) {
    const auto good = check_form(key, entry);
    if (!good) return tl::unexpected(good.error());
    if (entry.empty()) return fail(ErrorCode::bad_input, "an empty entry in '" + std::string(key.name) + "'");
  }
  return *list;
}

Result<StartDrain> read_start(const Key& key, const Value& value) {
  auto text = read_text(key, value);
  if (!text) return tl::unexpected(text.error());
  return static_cast<StartDrain>(std::find(std::begin(kStarts), std::end(kStarts), *text) - std::begin(kStarts));
}

/// The reader for what a slot holds; optional slots read as what they may hold.
Result<std::string> read(std::string*, const Key& key, const Value& value) {
  return read_text(key, value);
}
Result<bool> read(bool*, const Key& key, const Value& value) {
  return read_flag(key, value);
}
Result<int> read(int*, const Key& key, const Value& value) {
  return read_number(key, value);
}
Result<Millis> read(Millis*, const Key& key, const Value& value) {
  return read_duration(key, value);
}
Result<StartDrain> read(StartDrain*, const Key& key, const Value& value) {
  return read_start(key, value);
}
Result<std::vector<std::string>> read(std::vector<std::string>*, const Key& key, const Value& value) {
  return read_list(key, value);
}
template <typename T>
Result<T> read(std::optional<T>*, const Key& key, const Value& value) {
  return read(static_cast<T*>(nullptr), key, value);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string to_toml(const std::string& text) {
  return toml_string(text);
}
std::string to_toml(bool flag) {
  return flag ? "true" : "false";
}
std::string to_toml(int number) {
  return std::to_string(number);
}
std::string to_toml(Millis duration) {
  return toml_string(core::format_duration(duration));
}
std::string to_toml(StartDrain start) {
  return toml_string(kStarts[static_cast<std::size_t>(start)]);
}
std::string to_toml(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& entry : list) out += (out.empty() ? "" : ", ") + toml_string(entry);
  return "[" + out + "]";
}

std::string duration_kind(const Key& key) {
  const std::string least = core::format_duration(key.least);
  if (key.most == Millis{0}) return "a duration of at least " + least;
  return "a duration from " + least + " to " + core::format_duration(key.most);
}

std::string text_kind(const Key& key) {
  if (!key.choices.empty()) return "one of: " + core::join(key.choices);
  switch (key.form) {
    case Form::absolute_path: return "an absolute path";
    case Form::url: return "an http:// or https:// address";
    case Form::name: return "a plain name";
    case Form::any: return "a text";
  }
  return "a text";
}

std::string list_kind(const Key& key) {
  if (!key.choices.empty()) return "a list of: " + core::join(key.choices);
  return key.form == Form::absolute_path ? "a list of absolute paths" : "a list of texts";
}

/// Any slot of the key: only its type is looked at.
Slot sample_slot(const Key& key) {
  static Config config;
  static HookOptions hook;
  static Sink sink;
  return std::visit(
      Overloaded{[](Slot (*get)(Config&)) { return get(config); }, [](Slot (*get)(HookOptions&)) { return get(hook); },
                 [](Slot (*get)(Sink&)) { return get(sink); }},
      key.access);
}

std::string kind_name(const Key& key, const Millis*) {
  return duration_kind(key);
}
std::string kind_name(const Key&, const bool*) {
  return "true or false";
}
std::string kind_name(const Key& key, const int*) {
  return "a whole number from " + std::to_string(key.least_number) + " to " + std::to_string(key.most_number);
}
std::string kind_name(const Key& key, const std::string*) {
  return text_kind(key);
}
std::string kind_name(const Key& key, const StartDrain*) {
  return text_kind(key);
}
std::string kind_name(const Key& key, const std::vector<std::string>*) {
  return list_kind(key);
}
template <typename T>
std::string kind_name(const Key& key, const std::optional<T>*) {
  return kind_name(key, static_cast<const T*>(nullptr));
}

/// As the manual and the file write it: ["/a", "/b"]. What is no such list stays a text, and is refused later.
Value list_from_toml(std::string_view text) {
  const auto parsed = parse_toml("[hooks]\nfolders = " + std::string(text), "");
  const bool one = parsed && parsed->sections.size() == 1 && parsed->sections[0].entries.size() == 1;
  return one ? parsed->sections[0].entries[0].value : Value(std::string(text));
}

Value list_from_text(std::string_view text) {
  if (core::trim(text).starts_with('[')) return list_from_toml(text);
  std::vector<std::string> list;
  if (core::trim(text).empty()) return list;
  for (const auto part : core::split(text, ',')) list.emplace_back(core::trim(part));
  return list;
}

Value number_from_text(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::string(text);
  return number;
}

Value flag_from_text(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::string(text);
}

}  // namespace

std::string kind_of(const Key& key) {
  return std::visit([&](const auto* slot) { return kind_name(key, slot); }, sample_slot(key));
}

Result<void> assign(const Key& key, Slot slot, const Value& value) {
  return std::visit(
      [&](auto* target) -> Result<void> {
        auto good = read(target, key, value);
        if (!good) return tl::unexpected(good.error());
        *target = std::move(*good);
        return {};
      },
      slot);
}

Value value_from_text(const Key& key, std::string_view text) {
  const auto by_type = Overloaded{[&](const std::vector<std::string>*) { return list_from_text(text); },
                                  [&](const std::optional<std::vector<std::string>>*) { return list_from_text(text); },
                                  [&](const int*) { return number_from_text(text); },
                                  [&](const bool*) { return flag_from_text(text); },
                                  [&](const std::optional<bool>*) { return flag_from_text(text); },
                                  [&](const auto*) -> Value { return std::string(text); }};
  return std::visit([&](const auto* slot) { return by_type(slot); }, sample_slot(key));
}

std::optional<std::string> toml_text(const Slot& slot) {
  const auto print = Overloaded{[]<typename T>(const std::optional<T>* option) -> std::optional<std::string> {
                                  if (!option->has_value()) return std::nullopt;
                                  return to_toml(**option);
                                },
                                [](const auto* plain) -> std::optional<std::string> { return to_toml(*plain); }};
  return std::visit([&](const auto* value) { return print(value); }, slot);
}

}  // namespace preemptd::config
