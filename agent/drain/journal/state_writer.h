#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/clock.h"

namespace preemptd::drain {

/// Does in order, on a thread of its own, what may hang for ever with a disk, because the drain must not. Jobs must own
/// (or share) all they use: when the disk hangs, the process ends without waiting for them. For one posting thread.
class StateWriter {
 public:
  /// Where the kernel gives no thread now, jobs wait; every later call tries again to start it.
  StateWriter();
  /// Waits a moment for the jobs; when that runs out, the thread is left behind.
  ~StateWriter();

  void post(std::function<void()> job);

  /// Waits until everything posted is done, but no longer than `bound` and not past `by`. False: not done. While the
  /// same job still hangs, later calls do not wait again.
  bool flush(core::Millis bound, core::Deadline by);
  /// False: no thread yet, so that nothing is done.
  bool running() const { return thread_.joinable(); }
  /// The same as flush() at the end, when nothing else waits: also for a job that was given up before.
  bool finish(core::Millis bound);

 private:
  /// Shared with the thread, which may live longer than this object.
  struct Shared {
    std::mutex mutex;
    std::condition_variable more;  ///< for the thread
    std::condition_variable none;  ///< for whoever waits until all is done
    std::deque<std::function<void()>> jobs;
    std::uint64_t done = 0;
    bool closing = false;
  };
  static void work(const std::shared_ptr<Shared>& shared);
  bool start();
  bool wait(std::unique_lock<std::mutex>& lock, core::Millis bound);

  std::shared_ptr<Shared> shared_;
  std::uint64_t posted_ = 0;
  std::uint64_t hung_at_ = UINT64_MAX;  ///< `done` when a wait ran out
  std::thread thread_;
};

}  // namespace preemptd::drain
