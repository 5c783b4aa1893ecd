#include <algorithm>
#include <array>
#include <cstdint>

#include "cli/terminal/output.h"
#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Unicode's wide and full-width blocks, coarse: what names, tags and messages of this cloud contain.
constexpr std::array kWide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
                           Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
                           Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE4F},
                           Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
                           Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kNothing{Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                              Range{0xFE00, 0xFE0F}};

template <typename Ranges>
bool in(const Ranges& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

int columns_of(char32_t c) {
  return in(kNothing, c) ? 0 : in(kWide, c) ? 2 : 1;
}

/// The code point at `at`, and how many bytes it takes; a broken byte counts as one column.
std::pair<char32_t, std::size_t> decode(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) return {lead < 0x80 ? lead : U'?', 1};
  char32_t c = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  return {c, length};
}

}  // namespace

int display_width(std::string_view utf8) {
  int columns = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto [c, length] = decode(utf8, at);
    columns += columns_of(c);
    at += length;
  }
  return columns;
}

std::string clipped(std::string_view utf8, int columns) {
  if (display_width(utf8) <= columns) return std::string(utf8);
  int taken = 0;
  std::size_t at = 0;
  while (at < utf8.size()) {
    const auto [c, length] = decode(utf8, at);
    if (taken + columns_of(c) > columns - 1) break;
    taken += columns_of(c);
    at += length;
  }
  return std::string(utf8.substr(0, at)) + "…";
}

std::string spoken(std::int64_t millis) {
  return core::spoken_duration(core::Millis(millis));
}

}  // namespace preemptd::cli
