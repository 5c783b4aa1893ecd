#pragma once
#include <condition_variable>
#include <mutex>

#include "core/clock.h"

namespace preemptd::daemon {

/// How a lane's thread waits: for a time, or until somebody wants it sooner. wait() is the lane's, the rest is
/// anybody's.
class InterruptibleWait {
 public:
  enum class Woken { by_time, by_nudge, to_stop };

  Woken wait(core::Millis at_most);

  /// Ends the wait in progress, or the next one at once.
  void wake();
  /// From now on every wait ends at once, with to_stop.
  void stop();
  bool stopping() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool nudged_ = false;
  bool stopping_ = false;
};

}  // namespace preemptd::daemon
