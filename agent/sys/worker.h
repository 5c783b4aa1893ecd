#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::sys {

/// One thread that does jobs in the order in which they are posted, for work that may block (a disk, a receiver). All
/// signals are blocked in the thread. post() and start() are thread-safe; flush() and finish() are for one thread.
///
/// A thread that the kernel refuses (EAGAIN) is no error of the worker: the jobs wait, and every post(), start(),
/// flush() and finish() tries again to start it.
class Worker {
 public:
  struct Options {
    std::size_t most_waiting = 1024;  ///< jobs that have not begun
    /// How long the destructor waits for the job in progress. After that the thread is left behind, so the jobs must
    /// own (or share) all they use. Nothing: without limit.
    std::optional<core::Millis> end_wait = {};
    bool ends_queue = false;  ///< the destructor also waits for the jobs that have not begun; else it drops them
  };

  Worker() : Worker(Options{}) {}
  explicit Worker(Options options);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Local: there is no thread yet, and the kernel does not give one now. Success: the thread runs.
  core::Result<void> start();

  /// Never blocks. False: too many jobs wait already, and this one was not taken.
  bool post(std::function<void()> job);

  /// Waits until all posted jobs are done, at most `bound` and not past `by`. False: not done. While the same job still
  /// hangs, later calls return false at once.
  bool flush(core::Millis bound, core::Deadline by);
  /// The same at the end, when nothing else waits: also for a job that flush() gave up before.
  bool finish(core::Millis bound);

 private:
  /// Shared with the thread, which may live longer than this object.
  struct Shared {
    std::mutex mutex;
    std::condition_variable more;  ///< for the thread
    std::condition_variable idle;  ///< for whoever waits until all is done
    std::deque<std::function<void()>> jobs;
    std::uint64_t posted = 0, done = 0;
    bool stopping = false;
  };
  static void work(const std::shared_ptr<Shared>& shared);
  core::Result<void> start_locked();
  bool wait(std::unique_lock<std::mutex>& lock, core::Millis bound);

  const Options options_;
  std::shared_ptr<Shared> shared_;
  std::uint64_t hung_at_ = UINT64_MAX;  ///< `done` when a wait ran out
  std::thread thread_;                  ///< guarded by the shared mutex until the destructor
};

/// How a job that runs for long waits: for a time, or until somebody wakes or stops it. wait() is for the job's thread,
/// the rest for any.
class WakeableSleep {
 public:
  enum class Woken { by_time, by_wake, to_stop };

  Woken wait(core::Millis at_most);

  /// Ends the wait in progress, or the next one at once.
  void wake();
  /// From now on every wait ends at once, with to_stop.
  void stop();
  bool stopping() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
};

}  // namespace preemptd::sys
