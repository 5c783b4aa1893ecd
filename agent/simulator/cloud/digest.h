#pragma once
#include <string>
#include <string_view>

namespace preemptd::simulator {

std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
std::string hmac_sha1_base64(std::string_view key, std::string_view bytes);

std::string base64(std::string_view bytes);
/// The whole text, padded, without blanks or line ends.
bool is_base64(std::string_view text);
std::string base64_decode(std::string_view text);  ///< of text that is_base64

/// Compares without telling by its duration where the difference is.
bool same_bytes(std::string_view a, std::string_view b);

}  // namespace preemptd::simulator
