#pragma once
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/result.h"
#include "sys/fd.h"
#include "sys/loop.h"

namespace preemptd::sys {

/// A queue from any thread into the loop. post() never blocks and never loses; the handler runs on the loop's thread,
/// one value at a time, in the order of posting per thread. The mailbox belongs to the loop's thread and must outlive
/// its posters (join them first). Values still queued when it dies are dropped.
template <typename T>
class Mailbox {
 public:
  static core::Result<std::unique_ptr<Mailbox>> open(Loop& loop, std::function<void(T)> on_value) {
    Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event) return core::fail_errno(errno, "cannot create an eventfd");
    return std::unique_ptr<Mailbox>(new Mailbox(loop, std::move(event), std::move(on_value)));
  }

  /// Thread-safe.
  void post(T value) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(value));
    if (rung_) return;  // the first of a batch rings; where that failed, the next one does
    const std::uint64_t one = 1;
    rung_ = ::write(event_.get(), &one, sizeof one) == sizeof one;
  }

 private:
  Mailbox(Loop& loop, Fd event, std::function<void(T)> on_value)
      : event_(std::move(event)), on_value_(std::move(on_value)) {
    watch_ = loop.watch(event_.get(), POLLIN, [this](short) { deliver(); });
  }

  void deliver() {
    std::vector<T> batch;
    {
      const std::lock_guard lock(mutex_);
      std::uint64_t rings = 0;
      [[maybe_unused]] const auto got = ::read(event_.get(), &rings, sizeof rings);
      batch.swap(queue_);
      rung_ = false;
    }
    for (auto& value : batch) on_value_(std::move(value));
  }

  Fd event_;
  std::function<void(T)> on_value_;
  std::mutex mutex_;
  std::vector<T> queue_;
  bool rung_ = false;
  Loop::Handle watch_;
};

}  // namespace preemptd::sys
