#include "daemon/repeat_filter.h"

#include <algorithm>
#include <utility>

namespace preemptd::daemon {
namespace {

constexpr core::Millis kQuiet = core::Seconds(60);
constexpr std::size_t kRemembered = 256;

}  // namespace

RepeatFilter::Verdict RepeatFilter::look(const std::string& line, core::BootTime now) {
  const auto found = known_.find(line);
  if (found != known_.end()) {
    if (now - found->second.written < kQuiet) {
      ++found->second.skipped;
      return {false, 0};
    }
    found->second.written = now;
    return {true, std::exchange(found->second.skipped, 0)};
  }
  if (known_.size() >= kRemembered) {
    known_.erase(std::min_element(known_.begin(), known_.end(),
                                  [](const auto& a, const auto& b) { return a.second.written < b.second.written; }));
  }
  known_[line] = {now, 0};
  return {true, 0};
}

}  // namespace preemptd::daemon
