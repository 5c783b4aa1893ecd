#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace preemptd::core {

/// Text from outside, made fit for one log line or a terminal: invalid UTF-8 becomes U+FFFD, control characters except
/// TAB become \xNN (newline \n), and it is cut at `limit` bytes with "…". Safe against escape and line injection.
std::string printable(std::string_view untrusted, std::size_t limit = 4096);

/// Valid UTF-8 as it is; each invalid byte replaced by U+FFFD.
std::string valid_utf8(std::string_view untrusted);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::vector<std::string_view> split(std::string_view text, char separator);

/// The items with `separator` between them.
template <typename Items>
std::string join(const Items& items, std::string_view separator = ", ") {
  std::string text;
  for (const auto& item : items) {
    if (&item != &*std::begin(items)) text += separator;
    text += item;
  }
  return text;
}

/// The candidate nearest to a misspelt `word` (edit distance, swapped
/// neighbours counting one, at most a third of its length, at least 1, at most 3).
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// scheme://host[:port]/… : what of a URL may be logged. Path, query and user part can be secrets.
std::string redact_url(std::string_view url);

/// Last line of defence for a log line: values after AccessKeyId, Signature, SecurityToken, access_token, sign=, key=,
/// whsec_ and Bearer are replaced by ***. Types (Secret) come first; this only catches what slipped through.
std::string redact(std::string_view line);

}  // namespace preemptd::core
