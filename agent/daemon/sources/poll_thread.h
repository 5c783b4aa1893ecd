#pragma once
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "core/clock.h"
#include "daemon/sources/interruptible_wait.h"
#include "sys/mailbox.h"

namespace preemptd::daemon {

/// The thread of a lane. Ending it never waits for a request in flight: a body still busy is left to itself, so it must
/// own (or share) everything it touches, and speak only through a ResultSender.
class LaneThread {
 public:
  LaneThread() = default;
  LaneThread(const LaneThread&) = delete;
  LaneThread& operator=(const LaneThread&) = delete;
  ~LaneThread();

  /// `body` runs until its InterruptibleWait says to stop.
  void start(std::function<void(InterruptibleWait&)> body);
  void wake() { pace_->wake(); }

 private:
  std::shared_ptr<InterruptibleWait> pace_ = std::make_shared<InterruptibleWait>();
  std::thread thread_;
  std::future<void> ended_;
};

/// A lane's way to the loop, closed by the loop before its mailbox goes. Thread-safe.
template <typename T>
class ResultSender {
 public:
  explicit ResultSender(sys::Mailbox<T>& mailbox) : mailbox_(&mailbox) {}

  void post(T value) {
    const std::lock_guard lock(mutex_);
    if (mailbox_ != nullptr) mailbox_->post(std::move(value));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    mailbox_ = nullptr;
  }

 private:
  std::mutex mutex_;
  sys::Mailbox<T>* mailbox_;
};

}  // namespace preemptd::daemon
