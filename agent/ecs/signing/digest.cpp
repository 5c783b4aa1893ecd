#include "ecs/signing/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <array>

namespace preemptd::ecs {
namespace {

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0xFU];
  }
  return text;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

using Mac = std::array<unsigned char, EVP_MAX_MD_SIZE>;

unsigned hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes, Mac& mac) {
  unsigned length = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), mac.data(), &length);
  return length;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(bytes), bytes.size(), digest.data());
  return hex(digest.data(), digest.size());
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  Mac mac{};
  const unsigned length = hmac(EVP_sha256(), key, bytes, mac);
  return hex(mac.data(), length);
}

std::string hmac_sha1_base64(std::string_view key, std::string_view bytes) {
  Mac mac{};
  const unsigned length = hmac(EVP_sha1(), key, bytes, mac);
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
  const int written = EVP_EncodeBlock(text.data(), mac.data(), static_cast<int>(length));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(written)};
}

std::string random_hex() {
  std::array<unsigned char, 16> bytes{};
  // Cannot fail for 16 bytes once the kernel's pool is up, which it is before any of us runs.
  [[maybe_unused]] const auto got = getrandom(bytes.data(), bytes.size(), 0);
  return hex(bytes.data(), bytes.size());
}

}  // namespace preemptd::ecs
