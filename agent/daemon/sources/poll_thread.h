#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "core/clock.h"
#include "core/result.h"
#include "sys/mailbox.h"
#include "sys/worker.h"

namespace preemptd::daemon {

/// The thread of a lane. Ending it never waits for a request in flight: a body still busy is left to itself, so it must
/// own (or share) everything it touches, and speak only through a ResultSender.
class LaneThread {
 public:
  LaneThread() = default;
  LaneThread(const LaneThread&) = delete;
  LaneThread& operator=(const LaneThread&) = delete;
  ~LaneThread();

  /// `body` runs until its sleep is interrupted: at once, or as soon as the kernel gives a thread.
  void start(std::function<void(sys::WakeableSleep&)> body);
  /// Local: the kernel gave no thread so far. Tries again; to be called now and then.
  core::Result<void> ensure_running() { return worker_.start(); }
  void wake() { sleep_->wake(); }

 private:
  /// Longer than a lane needs to notice when it is idle, shorter than anybody stopping the service would mind.
  static constexpr core::Millis kEndWait{200};

  std::shared_ptr<sys::WakeableSleep> sleep_ = std::make_shared<sys::WakeableSleep>();
  sys::Worker worker_{{.end_wait = kEndWait}};
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
