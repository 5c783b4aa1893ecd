#include "daemon/status/progress_watchdog.h"

#include <algorithm>
#include <utility>

namespace preemptd::daemon {

bool ProgressWatchdog::alive(std::uint64_t count, core::BootTime now) {
  const auto before = std::exchange(looked_, now);
  if (std::exchange(count_, count) != count || !before) {
    silent_ = {};
  } else {
    silent_ += std::min<core::BootClock::duration>(now - *before, pause_);
  }
  return silent_ <= patience_;
}

}  // namespace preemptd::daemon
