#include "cli/terminal/yaml.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

/// A word that no YAML reader, of 1.1 or 1.2, takes for a number, a truth, a time or an end of the text.
bool is_plain(const std::string& text) {
  static constexpr std::array<std::string_view, 10> kWords{"true", "false", "yes", "no", "on",
                                                           "off",  "null",  "y",   "n",  "nan"};
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  if (text.empty() || text.find_first_not_of(kInside) != text.npos) return false;
  const bool letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
  return letter &&
         std::none_of(kWords.begin(), kWords.end(), [&](auto word) { return core::equal_ignoring_case(word, text); });
}

std::string scalar(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return core::dump_json(value);
}

void write(std::string& out, const Json& value, std::size_t indent, bool after_dash);

void write_member(std::string& out, const Json& value, std::size_t indent) {
  if (value.is_structured() && !value.empty()) {
    out += "\n";
    write(out, value, indent, false);
  } else {
    out += " " + scalar(value) + "\n";
  }
}

void write_object(std::string& out, const Json& object, std::size_t indent, bool after_dash) {
  for (const auto& [name, value] : object.items()) {
    if (!std::exchange(after_dash, false)) out.append(indent, ' ');
    out += (is_plain(name) ? name : core::dump_json(name)) + ":";
    write_member(out, value, indent + 2);
  }
}

void write_array(std::string& out, const Json& array, std::size_t indent, bool after_dash) {
  for (const auto& value : array) {
    if (!std::exchange(after_dash, false)) out.append(indent, ' ');
    out += "- ";
    if (value.is_structured() && !value.empty()) {
      write(out, value, indent + 2, true);
    } else {
      out += scalar(value) + "\n";
    }
  }
}

void write(std::string& out, const Json& value, std::size_t indent, bool after_dash) {
  if (value.is_object()) return write_object(out, value, indent, after_dash);
  write_array(out, value, indent, after_dash);
}

}  // namespace

std::string yaml_text(const Json& document) {
  if (!document.is_structured() || document.empty()) return scalar(document) + "\n";
  std::string out;
  write(out, document, 0, false);
  return out;
}

}  // namespace preemptd::cli
