#include "ecs/credentials/ini.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/text.h"

namespace preemptd::ecs {
namespace {

bool is_quoted(std::string_view text) {
  return !text.empty() && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
}

/// Either quotes may hold a JSON string, the single ones around the whole of it; what is none stays as the SDKs leave
/// it.
std::string without_quotes(std::string_view text) {
  if (text.front() == '\'') text = text.substr(1, std::max<std::size_t>(text.size(), 2) - 2);
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

bool is_comment(std::string_view line) {
  const auto text = core::trim(line);
  return text.empty() || text.front() == '#' || text.front() == ';';
}

bool is_heading(std::string_view line) {
  return line.starts_with('[') && line.find(']') == line.size() - 1;
}

/// [name] # why
bool is_heading_with_comment(std::string_view line) {
  const auto end = line.find(']');
  if (!core::trim(line).starts_with('[') || end == line.npos) return false;
  const auto behind = core::trim(line.substr(end + 1));
  return behind.starts_with('#') || behind.starts_with(';');
}

/// What a section is found by. A dot that is not escaped makes it a part of another one, which nobody asks for.
std::optional<std::string> name_in(std::string_view heading) {
  const std::string text = value_of(heading.substr(1, heading.size() - 2));
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') return std::nullopt;
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '.') ++i;
    name += text[i];
  }
  return name;
}

void read_member(IniSection& section, std::string_view line) {
  const auto equals = line.find('=');
  if (equals == 0) return;
  auto value = equals == line.npos ? std::string("true") : value_of(line.substr(equals + 1));
  if (value == "null" || value == "false") value.clear();
  section[value_of(line.substr(0, equals))] = std::move(value);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (const auto part : core::split(text, '\n')) {
    for (const auto line : core::split(part, '\r')) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::optional<IniSection> ini_section(std::string_view text, std::string_view name) {
  std::optional<IniSection> found;
  bool inside = false;
  for (const auto line : lines_of(text)) {
    if (is_comment(line)) continue;
    if (is_heading(line)) {
      inside = name_in(line) == name;
      if (inside && !found) found.emplace();
    } else if (is_heading_with_comment(line)) {
      inside = false;
    } else if (inside) {
      read_member(*found, line);
    }
  }
  return found;
}

}  // namespace preemptd::ecs
