#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace preemptd::core {

/// CRC-32C (Castagnoli), as in iSCSI and RFC 3720: crc32c("123456789") == 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);

/// The same in eight lower-case hexadecimal digits.
std::string crc32c_digits(std::string_view bytes);

}  // namespace preemptd::core
