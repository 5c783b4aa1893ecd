#pragma once
#include <string>
#include <string_view>

namespace preemptd::ecs {

/// Lower-case hex.
std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
/// Standard base64 with padding.
std::string hmac_sha1_base64(std::string_view key, std::string_view bytes);

/// 32 hex digits nobody else will choose: the nonce of one attempt, or a ClientToken.
std::string random_hex();

}  // namespace preemptd::ecs
