#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::simulator {

/// An IPv4 block. `first` has no bits set below the prefix.
struct Cidr {
  std::uint32_t first = 0;
  int prefix = 32;

  std::uint64_t size() const { return std::uint64_t{1} << (32 - prefix); }
  bool contains(const Cidr& inner) const;
  bool overlaps(const Cidr& other) const { return contains(other) || other.contains(*this); }
  std::string text() const;  ///< "10.0.0.0/16"
};

/// "10.0.0.0/16" with nothing set below the prefix. Nothing: not a block.
std::optional<Cidr> parse_cidr(std::string_view text);
std::string ipv4_text(std::uint32_t address);

}  // namespace preemptd::simulator
