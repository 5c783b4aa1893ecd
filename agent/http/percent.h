#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::http {

/// RFC 3986: the UTF-8 bytes; unreserved characters (A-Z a-z 0-9 - _ . ~) stay, all others become %XX in upper case. A
/// blank is %20, never '+'. This is also the encoding Alibaba Cloud signs.
std::string percent_encode(std::string_view text);
void append_percent_encoded(std::string& out, std::string_view text);

/// The bytes again; '+' stays a plus. Nothing when a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace preemptd::http
