#include "daemon/sources/interruptible_wait.h"

#include <utility>

namespace preemptd::daemon {

InterruptibleWait::Woken InterruptibleWait::wait(core::Millis at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return nudged_ || stopping_; });
  if (stopping_) return Woken::to_stop;
  return std::exchange(nudged_, false) ? Woken::by_nudge : Woken::by_time;
}

void InterruptibleWait::wake() {
  const std::lock_guard lock(mutex_);
  nudged_ = true;
  changed_.notify_one();
}

void InterruptibleWait::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_one();
}

bool InterruptibleWait::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace preemptd::daemon
