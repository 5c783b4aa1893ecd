#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace preemptd::report {

/// One thread that does what it is given, in order. post() never blocks; all signals are blocked in the thread.
class Worker {
 public:
  explicit Worker(std::size_t most_waiting = 1024);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Forgets what has not begun, and waits for what has.
  ~Worker();

  /// Thread-safe. False: too much is waiting already (what is being done hangs), nothing was taken.
  bool post(std::function<void()> job);

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace preemptd::report
