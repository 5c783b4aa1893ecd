#include "core/utc.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace preemptd::core {
namespace {

using namespace std::chrono;

/// Reads a text from the left; any miss makes the whole reading fail.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool digits(std::size_t count, int& out) {
    if (rest_.size() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool accept(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<WallTime> assemble(int y, int mo, int d, int h, int mi, int s, Millis fraction, minutes offset) {
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  // 60 is a leap second; it is read as the last second of its minute, which is close enough for a deadline.
  if (!date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
  return WallTime(sys_days(date)) + hours(h) + minutes(mi) + seconds(s == 60 ? 59 : s) + fraction - offset;
}

/// ".922", any number of digits up to nine, cut to milliseconds.
bool read_fraction(Cursor& in, Millis& out) {
  int value = 0, scale = 100, count = 0;
  for (; in.at_digit() && count < 9; ++count) {
    int digit = 0;
    in.digits(1, digit);
    value += digit * scale;
    scale /= 10;
  }
  out = Millis(value);
  return count > 0;
}

bool read_zone(Cursor& in, minutes& out) {
  if (in.accept('Z')) return true;
  const int sign = in.accept('+') ? 1 : in.accept('-') ? -1 : 0;
  int h = 0, m = 0;
  if (sign == 0 || !in.digits(2, h)) return false;
  in.accept(':');
  if (!in.digits(2, m) || h > 14 || m > 59) return false;
  out = sign * (hours(h) + minutes(m));
  return true;
}

struct Parts {
  int y, mo, d, h, mi, s;
  int ms;
};

Parts split(WallTime time) {
  const auto days = floor<std::chrono::days>(time);
  const year_month_day date(days);
  const hh_mm_ss clock(time - days);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...) {
  std::array<char, 64> buffer{};
  va_list arguments;
  va_start(arguments, format);
  const int size = std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  va_end(arguments);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

std::optional<WallTime> parse_utc(std::string_view text) {
  Cursor in(text);
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!in.digits(4, y)) return std::nullopt;
  const bool extended = in.accept('-');
  if (!in.digits(2, mo) || (extended && !in.accept('-')) || !in.digits(2, d) || !in.accept('T')) return std::nullopt;
  if (!in.digits(2, h) || (extended && !in.accept(':')) || !in.digits(2, mi)) return std::nullopt;

  const bool has_seconds = extended ? in.accept(':') : in.at_digit();
  if (has_seconds && !in.digits(2, s)) return std::nullopt;
  Millis fraction{0};
  if (has_seconds && in.accept('.') && !read_fraction(in, fraction)) return std::nullopt;
  minutes offset{0};
  if (!read_zone(in, offset) || !in.at_end()) return std::nullopt;
  return assemble(y, mo, d, h, mi, s, fraction, offset);
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto comma = text.find(", ");
  if (comma != 3) return std::nullopt;
  Cursor in(text.substr(comma + 2));
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!in.digits(2, d) || !in.accept(' ')) return std::nullopt;
  for (std::size_t i = 0; i < kMonths.size() && mo == 0; ++i)
    if (in.accept(kMonths[i])) mo = static_cast<int>(i) + 1;
  if (mo == 0 || !in.accept(' ') || !in.digits(4, y) || !in.accept(' ')) return std::nullopt;
  if (!in.digits(2, h) || !in.accept(':') || !in.digits(2, mi) || !in.accept(':') || !in.digits(2, s))
    return std::nullopt;
  if (!in.accept(" GMT") || !in.at_end()) return std::nullopt;
  return assemble(y, mo, d, h, mi, s, Millis{0}, minutes{0});
}

std::string format_utc(WallTime time) {
  const Parts p = split(time);
  return print("%04d-%02d-%02dT%02d:%02d:%02dZ", p.y, p.mo, p.d, p.h, p.mi, p.s);
}

std::string format_utc_millis(WallTime time) {
  const Parts p = split(time);
  return print("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.y, p.mo, p.d, p.h, p.mi, p.s, p.ms);
}

std::string format_utc_compact(WallTime time) {
  const Parts p = split(time);
  return print("%04d%02d%02dT%02d%02d%02dZ", p.y, p.mo, p.d, p.h, p.mi, p.s);
}

std::string format_clock_millis(WallTime time) {
  const Parts p = split(time);
  return print("%02d:%02d:%02d.%03d", p.h, p.mi, p.s, p.ms);
}

}  // namespace preemptd::core
