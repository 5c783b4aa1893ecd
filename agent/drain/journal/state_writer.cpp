#include "drain/journal/state_writer.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <system_error>
#include <utility>

namespace preemptd::drain {
namespace {

constexpr core::Seconds kFlushAtEnd{2};

}  // namespace

StateWriter::StateWriter() : shared_(std::make_shared<Shared>()) {
  start();
}

bool StateWriter::start() {
  if (running()) return true;
  // The thread must not take the signals that the loop waits for.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread(work, shared_);
  } catch (const std::system_error&) {  // EAGAIN
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return running();
}

StateWriter::~StateWriter() {
  const bool all_done = flush(kFlushAtEnd, core::Deadline(core::BootTime::max()));
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closing = true;
  }
  shared_->more.notify_one();
  if (!running()) return;
  if (all_done)
    thread_.join();
  else
    thread_.detach();
}

void StateWriter::post(std::function<void()> job) {
  bool idle = false;
  {
    const std::lock_guard lock(shared_->mutex);
    idle = shared_->jobs.empty();
    shared_->jobs.push_back(std::move(job));
  }
  ++posted_;
  start();
  if (idle) shared_->more.notify_one();
}

bool StateWriter::flush(core::Millis bound, core::Deadline by) {
  if (!start()) return false;
  std::unique_lock lock(shared_->mutex);
  return shared_->done != hung_at_ && wait(lock, std::min(by.left(core::BootClock::now()), bound));
}

bool StateWriter::finish(core::Millis bound) {
  if (!start()) return false;
  std::unique_lock lock(shared_->mutex);
  return wait(lock, bound);
}

bool StateWriter::wait(std::unique_lock<std::mutex>& lock, core::Millis bound) {
  const bool in_time = shared_->none.wait_for(lock, bound, [this] { return shared_->done == posted_; });
  hung_at_ = in_time ? UINT64_MAX : shared_->done;
  return in_time;
}

void StateWriter::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->more.wait(lock, [&] { return shared->closing || !shared->jobs.empty(); });
    if (shared->jobs.empty()) return;
    const auto job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    job();
    lock.lock();
    ++shared->done;
    if (!shared->jobs.empty()) continue;
    lock.unlock();
    shared->none.notify_one();
    lock.lock();
  }
}

}  // namespace preemptd::drain
