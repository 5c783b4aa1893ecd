#include "sys/log/repeat_filter.h"

#include <algorithm>

namespace preemptd::sys {
namespace {

constexpr core::Millis kQuiet = core::Seconds(60);
constexpr std::size_t kRemembered = 256;

}  // namespace

RepeatFilter::Verdict RepeatFilter::admit(const LogEntry& said, int most_a_minute, core::BootTime now) {
  if (!known_.contains(said) && known_.size() >= kRemembered) {
    known_.erase(std::min_element(known_.begin(), known_.end(),
                                  [](const auto& a, const auto& b) { return a.second.since < b.second.since; }));
  }
  Known& known = known_[said];
  if (known.written > 0 && now - known.since < kQuiet && known.written >= most_a_minute) {
    ++known.skipped;
    return {false, 0};
  }
  if (known.written == 0 || now - known.since >= kQuiet) {
    const std::uint64_t skipped = known.skipped;
    known = {now, 1, 0};
    return {true, skipped};
  }
  ++known.written;
  return {true, 0};
}

std::vector<std::pair<LogEntry, std::uint64_t>> RepeatFilter::due(core::BootTime now) {
  std::vector<std::pair<LogEntry, std::uint64_t>> due;
  for (auto& [said, known] : known_) {
    if (known.skipped == 0 || now - known.since < kQuiet) continue;
    due.emplace_back(said, known.skipped);
    known = {now, 1, 0};
  }
  return due;
}

}  // namespace preemptd::sys
