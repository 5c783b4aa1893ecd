#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::report {

/// Standard base64 with padding.
std::string base64(std::string_view bytes);
/// Nothing: not standard base64 with padding.
std::optional<std::string> from_base64(std::string_view text);

/// HMAC-SHA256 in base64, the form every receiver of ours wants.
std::string hmac_sha256_base64(std::string_view key, std::string_view bytes);

}  // namespace preemptd::report
