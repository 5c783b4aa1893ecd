#include "sys/worker.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace preemptd::sys {
namespace {

/// A full process table often passes.
constexpr core::Millis kStartAgainAfter{20};

/// Blocks all signals for the life of this object: a new thread inherits the mask.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Worker::Worker(Options options) : options_(options), shared_(std::make_shared<Shared>()) {
  (void)start();
}

Worker::~Worker() {
  bool ended = true;
  {
    std::unique_lock lock(shared_->mutex);
    if (!options_.ends_queue) {
      shared_->done += shared_->jobs.size();
      shared_->jobs.clear();
    }
    shared_->stopping = true;
    shared_->more.notify_one();
    if (thread_.joinable() && options_.end_wait) ended = shared_->done != hung_at_ && wait(lock, *options_.end_wait);
  }
  if (!thread_.joinable()) return;
  if (ended)
    thread_.join();
  else
    thread_.detach();
}

core::Result<void> Worker::start() {
  const std::lock_guard lock(shared_->mutex);
  return start_locked();
}

core::Result<void> Worker::start_locked() {
  if (thread_.joinable()) return {};
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread(work, shared_);
  } catch (const std::system_error& error) {
    return core::fail_errno(error.code().value(), "cannot start a thread");
  }
  return {};
}

bool Worker::post(std::function<void()> job) {
  bool was_idle = false;
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->jobs.size() >= options_.most_waiting) return false;
    was_idle = shared_->jobs.empty();
    shared_->jobs.push_back(std::move(job));
    ++shared_->posted;
    (void)start_locked();
  }
  if (was_idle) shared_->more.notify_one();
  return true;
}

bool Worker::flush(core::Millis bound, core::Deadline by) {
  std::unique_lock lock(shared_->mutex);
  return shared_->done != hung_at_ && wait(lock, std::min(by.left(core::BootClock::now()), bound));
}

bool Worker::finish(core::Millis bound) {
  std::unique_lock lock(shared_->mutex);
  return wait(lock, bound);
}

bool Worker::wait(std::unique_lock<std::mutex>& lock, core::Millis bound) {
  const auto all_done = [this] { return shared_->done == shared_->posted; };
  const auto by = core::Deadline::after(core::BootClock::now(), bound);
  while (!all_done() && !start_locked() && !by.passed(core::BootClock::now()))
    shared_->idle.wait_for(lock, std::min(kStartAgainAfter, by.left(core::BootClock::now())));
  const bool in_time = shared_->idle.wait_for(lock, by.left(core::BootClock::now()), all_done);
  hung_at_ = in_time ? UINT64_MAX : shared_->done;
  return in_time;
}

void Worker::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->more.wait(lock, [&] { return shared->stopping || !shared->jobs.empty(); });
    if (shared->jobs.empty()) return;
    auto job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    ++shared->done;
    if (shared->done != shared->posted) continue;
    lock.unlock();
    shared->idle.notify_one();
    lock.lock();
  }
}

WakeableSleep::Woken WakeableSleep::wait(core::Millis at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return woken_ || stopping_; });
  if (stopping_) return Woken::to_stop;
  return std::exchange(woken_, false) ? Woken::by_wake : Woken::by_time;
}

void WakeableSleep::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void WakeableSleep::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_one();
}

bool WakeableSleep::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace preemptd::sys
