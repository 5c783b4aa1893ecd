#include "http/address_guard.h"

#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace preemptd::http {
namespace {

bool is_refused_v4(std::uint32_t address) {
  constexpr std::uint32_t kMetadata = (100U << 24U) | (100U << 16U) | (100U << 8U) | 200U;
  constexpr std::uint32_t kLinkLocal = (169U << 8U) | 254U;
  return address == 0 || address == kMetadata || address >> 16U == kLinkLocal;
}

std::uint32_t last_four_bytes(const in6_addr& address) {
  std::uint32_t value = 0;
  std::memcpy(&value, &address.s6_addr[12], sizeof value);
  return ntohl(value);
}

bool carries_v4(const in6_addr& address) {
  static constexpr unsigned char kNat64[12] = {0, 0x64, 0xff, 0x9b};
  return IN6_IS_ADDR_V4MAPPED(&address) || std::memcmp(address.s6_addr, kNat64, sizeof kNat64) == 0;
}

bool is_refused_v6(const in6_addr& address) {
  if (carries_v4(address)) return is_refused_v4(last_four_bytes(address));
  return IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LINKLOCAL(&address);
}

}  // namespace

bool is_refused_for_webhooks(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return is_refused_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return is_refused_v6(v6.sin6_addr);
  }
  return true;
}

}  // namespace preemptd::http
