#pragma once
#include <string>
#include <string_view>

namespace preemptd::http {

/// The Host header libcurl sends for this URL: its host, and its port where that is not the scheme's own. Signatures
/// cover this value, so it must agree to the byte. Empty for a text that is not http:// or https://.
std::string host_header(std::string_view url);

/// True for https://…, without regard to case.
bool is_https(std::string_view url);

}  // namespace preemptd::http
