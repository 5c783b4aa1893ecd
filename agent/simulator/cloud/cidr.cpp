#include "simulator/cloud/cidr.h"

#include <charconv>

#include "core/text.h"

namespace preemptd::simulator {
namespace {

std::optional<std::uint32_t> small_number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::uint32_t mask(int prefix) {
  return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
}

}  // namespace

bool Cidr::contains(const Cidr& inner) const {
  return inner.prefix >= prefix && (inner.first & mask(prefix)) == first;
}

std::string Cidr::text() const {
  return ipv4_text(first) + "/" + std::to_string(prefix);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto prefix = small_number(text.substr(slash + 1), 32);
  const auto parts = core::split(text.substr(0, slash), '.');
  if (!prefix || parts.size() != 4) return std::nullopt;
  Cidr out{0, static_cast<int>(*prefix)};
  for (const auto part : parts) {
    const auto byte = small_number(part, 255);
    if (!byte) return std::nullopt;
    out.first = out.first << 8 | *byte;
  }
  if ((out.first & ~mask(out.prefix)) != 0) return std::nullopt;
  return out;
}

std::string ipv4_text(std::uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
         std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
}

}  // namespace preemptd::simulator
