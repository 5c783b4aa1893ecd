#include "core/json_repair.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "core/text.h"

namespace preemptd::core {
namespace {

constexpr std::string_view kEscapedReplacement = "\\ufffd";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <typename Number>
bool reads_as(std::string_view token) {
  Number value{};
  const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
  return code == std::errc() && end == token.data() + token.size();
}

/// A number of JSON that a parser can hold.
bool is_number(std::string_view token) {
  auto rest = token;
  if (rest.starts_with('-')) rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front()) || !is_digit(rest.back())) return false;
  if (rest.size() > 1 && rest[0] == '0' && is_digit(rest[1])) return false;
  if (token.find_first_of(".eE") == token.npos) return reads_as<std::int64_t>(token) || reads_as<std::uint64_t>(token);
  const auto point = rest.find('.');
  if (point != rest.npos && (point + 1 >= rest.size() || !is_digit(rest[point + 1]))) return false;
  double value = 0;
  const auto exponent_plus = token.find('+');
  std::string plain(token);
  if (exponent_plus != token.npos) plain.erase(exponent_plus, 1);
  const auto [end, code] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  return code == std::errc() && end == plain.data() + plain.size() && std::isfinite(value);
}

bool belongs_to_number(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Tokens that were meant as numbers; anything else is not ours to repair.
bool meant_as_number(std::string_view token) {
  return is_digit(token.front()) || token.front() == '-' || token.front() == '+' || token.front() == '.' ||
         token == "NaN" || token == "Infinity";
}

/// The four hex digits behind "\u" at `at`, or nothing.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  const auto [end, code] = std::from_chars(text.data() + at + 2, text.data() + at + 6, value, 16);
  if (code != std::errc() || end != text.data() + at + 6) return std::nullopt;
  return value;
}

class Repair {
 public:
  explicit Repair(std::string_view text) : text_(text) { out_.reserve(text.size() + 16); }

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        string();
      } else if (belongs_to_number(text_[at_])) {
        token();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  void string() {
    out_ += text_[at_++];
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        escape();
      } else if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        control();
      } else {
        out_ += text_[at_++];
      }
    }
    if (at_ < text_.size()) out_ += text_[at_++];
  }

  void control() {
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    out_ += "\\u00";
    out_ += kHex[byte >> 4];
    out_ += kHex[byte & 15];
  }

  void keep(std::size_t count) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }
  void replace(std::size_t count) {
    out_ += kEscapedReplacement;
    at_ += std::min(count, text_.size() - at_);
  }

  void escape() {
    static constexpr std::string_view kSimple = "\"\\/bfnrt";
    constexpr std::size_t kSimpleSize = 2, kUnit = 6;
    if (at_ + 1 < text_.size() && kSimple.find(text_[at_ + 1]) != kSimple.npos) return keep(kSimpleSize);
    const auto unit = escaped_unit(text_, at_);
    if (!unit) return replace(at_ + 1 < text_.size() && text_[at_ + 1] == 'u' ? kSimpleSize : 1);
    const bool high = *unit >= 0xD800 && *unit <= 0xDBFF, low = *unit >= 0xDC00 && *unit <= 0xDFFF;
    if (!high && !low) return keep(kUnit);
    const auto next = high ? escaped_unit(text_, at_ + kUnit) : std::nullopt;
    if (next && *next >= 0xDC00 && *next <= 0xDFFF) return keep(2 * kUnit);
    replace(kUnit);
  }

  void token() {
    const auto from = at_;
    while (at_ < text_.size() && belongs_to_number(text_[at_])) ++at_;
    const auto token = text_.substr(from, at_ - from);
    if (meant_as_number(token) && !is_number(token)) {
      out_ += '"' + std::string(token) + '"';
    } else {
      out_ += token;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::string> repair_json(std::string_view text) {
  const auto valid = valid_utf8(text);
  auto repaired = Repair(valid).run();
  if (repaired == text) return std::nullopt;
  return repaired;
}

}  // namespace preemptd::core
