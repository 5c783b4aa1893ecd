#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// Percent-coding as the cloud's servers read and sign it. Written for the simulator alone: it must be able to disagree
/// with the client's.
namespace preemptd::simulator {

/// Name to value. A name sent twice keeps its last value.
using Parameters = std::map<std::string, std::string>;

/// UTF-8 bytes; A-Z a-z 0-9 - _ . ~ stay, everything else becomes %XX in upper case.
std::string percent_encode(std::string_view raw);

/// %XX to bytes. `plus_is_space` for forms and queries, where a bare + means a blank. Nothing: a % without two hex
/// digits.
std::optional<std::string> percent_decode(std::string_view coded, bool plus_is_space);

/// A query string or a form body. Nothing: some part of it cannot be decoded.
std::optional<Parameters> parse_form(std::string_view text);

/// Sorted by raw name in byte order, coded, joined with & : what both signature versions sign.
std::string canonical_form(const Parameters& parameters);

}  // namespace preemptd::simulator
