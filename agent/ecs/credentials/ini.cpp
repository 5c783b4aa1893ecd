#include "ecs/credentials/ini.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"

namespace preemptd::ecs {
namespace {

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
}

/// Double quotes hold a JSON string, single ones anything; broken double ones stay, as the SDKs leave them.
std::string without_quotes(std::string_view text) {
  if (text.front() == '\'') return std::string(text.substr(1, text.size() - 2));
  const auto json = core::parse_json(text);
  return json && json->is_string() ? json->get<std::string>() : std::string(text);
}

std::string value_of(std::string_view text) {
  text = core::trim(text);
  if (is_quoted(text)) return without_quotes(text);
  constexpr std::string_view kEscaped = "\\;#";
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size() && kEscaped.find(text[i + 1]) != kEscaped.npos;
    if (escaped) ++i;
    if (!escaped && (text[i] == '#' || text[i] == ';')) break;
    value += text[i];
  }
  return std::string(core::trim(value));
}

bool is_comment(std::string_view line) { return line.empty() || line[0] == '#' || line[0] == ';'; }

}  // namespace

std::optional<IniSection> ini_section(std::string_view text, std::string_view name) {
  std::optional<IniSection> found;
  bool inside = false;
  for (const auto raw : core::split(text, '\n')) {
    const auto line = core::trim(raw);
    if (is_comment(line)) continue;
    if (line.front() == '[') {
      inside = line.back() == ']' && value_of(line.substr(1, line.size() - 2)) == name;
      if (inside && !found) found.emplace();
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == line.npos) continue;
    (*found)[value_of(line.substr(0, equals))] = value_of(line.substr(equals + 1));
  }
  return found;
}

}  // namespace preemptd::ecs
