#include "cli/terminal/times.h"

#include <algorithm>

#include "core/utc.h"

namespace preemptd::cli {

std::optional<core::WallTime> time_in(const std::string& word) {
  const bool bare = word.size() == 10 && word[4] == '-' && word[7] == '-' &&
                    std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }) == 8;
  return core::parse_utc(bare ? word + "T00:00Z" : word);
}

std::string minute_text(core::WallTime time) {
  return core::format_utc(std::chrono::floor<std::chrono::minutes>(time)).substr(0, 16) + "Z";
}

}  // namespace preemptd::cli
