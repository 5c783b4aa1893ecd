#include "core/duration.h"

#include <charconv>

namespace preemptd::core {
namespace {

constexpr Millis kLongest = std::chrono::days(3 * 365 + 1);

/// Takes the word at the front of `text`, and gives the unit's length; zero when it is no unit.
Millis take_unit(std::string_view& text, std::string_view& word) {
  static constexpr struct {
    std::string_view name;
    Millis length;
  } kUnits[] = {{"ms", Millis(1)},
                {"s", Millis(1000)},
                {"m", std::chrono::minutes(1)},
                {"h", std::chrono::hours(1)},
                {"d", std::chrono::days(1)}};
  word = text.substr(0, text.find_first_of("0123456789.-+ "));
  text.remove_prefix(word.size());
  for (const auto& unit : kUnits)
    if (word == unit.name) return unit.length;
  return Millis{0};
}

tl::unexpected<Error> not_a_duration(std::string_view text, const std::string& why) {
  return fail(ErrorCode::bad_input, "'" + std::string(text.substr(0, 64)) + "' is not a duration: " + why +
                                        " (write it like 90s, 5m, 1h30m or 300ms)");
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  std::string_view rest = text;
  Millis total{0};
  if (rest.empty()) return not_a_duration(text, "it is empty");
  if (rest.front() == '-') return not_a_duration(text, "it must not be negative");
  while (!rest.empty()) {
    double number = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (read.ec != std::errc{} || number < 0 || rest.front() == '-') return not_a_duration(text, "a number is missing");
    rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    std::string_view word;
    const Millis unit = take_unit(rest, word);
    if (unit == Millis{0})
      return not_a_duration(
          text, word.empty() ? "the unit is missing" : "unknown unit '" + std::string(word.substr(0, 64)) + "'");
    const double length = number * static_cast<double>(unit.count());
    if (!(length <= static_cast<double>(kLongest.count())))
      return not_a_duration(text, "it is longer than three years");
    total += Millis(static_cast<Millis::rep>(length + 0.5));
    if (total > kLongest) return not_a_duration(text, "it is longer than three years");
  }
  return total;
}

std::string format_duration(Millis value) {
  const auto ms = value.count();
  if (ms == 0) return "0s";
  if (ms < 1000) return std::to_string(ms) + "ms";
  if (ms % 1000 != 0 || ms < 120'000) {
    std::string text = std::to_string(ms / 1000);
    if (auto fraction = ms % 1000; fraction != 0) {
      std::string digits = std::to_string(1000 + fraction).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      text += "." + digits;
    }
    return text + "s";
  }
  const auto hours = ms / 3'600'000, minutes = ms / 60'000 % 60, seconds = ms / 1000 % 60;
  std::string text;
  if (hours != 0) text += std::to_string(hours) + "h";
  if (minutes != 0) text += std::to_string(minutes) + "m";
  if (seconds != 0) text += std::to_string(seconds) + "s";
  return text;
}

std::string spoken_duration(Millis value) {
  const std::int64_t millis = value.count();
  if (millis < 0) return "-" + spoken_duration(-value);
  if (millis < 1000) return std::to_string(millis) + " ms";
  if (millis < 10'000) return std::to_string(millis / 1000) + "." + std::to_string(millis % 1000 / 100) + " s";
  const std::int64_t seconds = millis / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) {
    const auto rest = seconds % 60;
    return std::to_string(seconds / 60) + " min" + (rest == 0 ? "" : " " + std::to_string(rest) + " s");
  }
  const std::int64_t minutes = seconds / 60;
  if (minutes < 2880) return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
  return std::to_string(minutes / 1440) + " days";
}

}  // namespace preemptd::core
