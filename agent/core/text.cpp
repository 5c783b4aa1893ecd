#include "core/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace preemptd::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continuation(std::string_view text, std::size_t at, unsigned low = 0x80, unsigned high = 0xBF) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

/// Bytes of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), 0 when the bytes are invalid.
std::size_t sequence_length(std::string_view t, std::size_t at) {
  const auto lead = static_cast<unsigned char>(t[at]);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continuation(t, at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return continuation(t, at + 1, low, high) && continuation(t, at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return continuation(t, at + 1, low, high) && continuation(t, at + 2) && continuation(t, at + 3) ? 4 : 0;
  }
  return 0;
}

void append_hex(std::string& out, unsigned char byte) {
  std::array<char, 5> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\x%02X", static_cast<unsigned>(byte));
  out += buffer.data();
}

void append_printable(std::string& out, std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  const bool c1_control = sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
  if (sequence == "\n") {
    out += "\\n";
  } else if ((sequence.size() == 1 && (first < 0x20 || first == 0x7F) && first != '\t')) {
    append_hex(out, first);
  } else if (c1_control) {
    append_hex(out, static_cast<unsigned char>(sequence[1]));
  } else {
    out += sequence;
  }
}

/// Insertions, deletions, changes and swapped neighbours, each counted once.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool ends_value(char c) {
  return c == ' ' || c == '&' || c == ',' || c == '"' || c == '\'' || c == ';' || c == '\n' || c == '}';
}

/// End of the value that follows a sensitive name at `at`: skips separators such as `": "`, then the value itself.
std::size_t value_end(std::string_view line, std::size_t at) {
  while (at < line.size() &&
         (line[at] == '=' || line[at] == ':' || line[at] == ' ' || line[at] == '"' || line[at] == '\''))
    ++at;
  while (at < line.size() && !ends_value(line[at])) ++at;
  return at;
}

}  // namespace

std::string printable(std::string_view untrusted, std::size_t limit) {
  std::string out;
  for (std::size_t at = 0; at < untrusted.size();) {
    if (out.size() >= limit) {
      out += "…";
      break;
    }
    const std::size_t length = sequence_length(untrusted, at);
    if (length == 0) {
      out += kReplacement;
      ++at;
      continue;
    }
    append_printable(out, untrusted.substr(at, length));
    at += length;
  }
  return out;
}

std::string valid_utf8(std::string_view untrusted) {
  std::string out;
  out.reserve(untrusted.size());
  for (std::size_t at = 0; at < untrusted.size();) {
    const std::size_t length = sequence_length(untrusted, at);
    out += length == 0 ? kReplacement : untrusted.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::size_t best = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(to_lower(word), to_lower(candidate));
    if (distance >= best) continue;
    best = distance;
    found = candidate;
  }
  return found;
}

std::string redact_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return "…";
  std::string_view authority = url.substr(scheme + 3);
  const auto end = authority.find_first_of("/?#");
  const bool more = end != std::string_view::npos && end + 1 < authority.size();
  authority = authority.substr(0, end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  return std::string(url.substr(0, scheme + 3)) + printable(authority, 255) + (more ? "/…" : "");
}

std::string redact(std::string_view line) {
  static constexpr std::array<std::string_view, 10> kNames{
      "AccessKeySecret", "AccessKeyId", "Signature=", "SecurityToken", "security-token",
      "access_token",    "sign=",       "key=",       "whsec_",        "Bearer"};
  std::string out;
  std::size_t at = 0;
  while (at < line.size()) {
    const auto name = std::find_if(kNames.begin(), kNames.end(), [&](std::string_view n) {
      return equal_ignoring_case(line.substr(at, n.size()), n);
    });
    if (name == kNames.end()) {
      out += line[at++];
      continue;
    }
    const std::size_t end = value_end(line, at + name->size());
    out += line.substr(at, name->size());
    if (end > at + name->size()) out += name->ends_with('=') || *name == "whsec_" ? "***" : "=***";
    at = end;
  }
  return out;
}

}  // namespace preemptd::core
