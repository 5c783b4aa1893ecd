#include "sys/loop.h"

#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

namespace preemptd::sys {

using core::BootTime;

namespace {
constexpr core::Millis kPauseAfterFailure{10};
}

Loop::Handle& Loop::Handle::operator=(Handle&& other) noexcept {
  if (this == &other) return *this;
  reset();
  loop_ = std::exchange(other.loop_, nullptr);
  id_ = other.id_;
  return *this;
}

void Loop::Handle::reset() {
  if (loop_ != nullptr) std::exchange(loop_, nullptr)->drop(id_);
}

core::Result<std::unique_ptr<Loop>> Loop::open() {
  Fd timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return core::fail_errno(errno, "cannot create a timer");
  return std::unique_ptr<Loop>(new Loop(std::move(timer)));
}

Loop::~Loop() = default;

Loop::Handle Loop::watch(int fd, short events, std::function<void(short)> on_ready) {
  const auto id = next_id_++;
  watches_.emplace(id, std::make_shared<Watch>(Watch{fd, events, std::move(on_ready), Fd()}));
  watches_changed_ = true;
  return Handle(this, id);
}

Loop::Handle Loop::at(BootTime when, std::function<void()> on_time) {
  const auto id = next_id_++;
  timers_.emplace(std::pair(when, id), std::move(on_time));
  return Handle(this, id);
}

core::Result<Loop::Handle> Loop::signals(std::initializer_list<int> numbers, std::function<void(int)> on_signal) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  if (const int failed = ::pthread_sigmask(SIG_BLOCK, &set, nullptr))
    return core::fail_errno(failed, "cannot block signals");
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return core::fail_errno(errno, "cannot create a signalfd");
  const int raw = fd.get();
  Handle handle = watch(raw, POLLIN, [raw, on_signal = std::move(on_signal)](short) {
    signalfd_siginfo info{};
    while (::read(raw, &info, sizeof info) == sizeof info) on_signal(static_cast<int>(info.ssi_signo));
  });
  watches_.at(handle.id_)->owned = std::move(fd);
  return handle;
}

void Loop::drop(std::uint64_t id) {
  if (watches_.erase(id) > 0) {
    watches_changed_ = true;
    return;
  }
  std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

void Loop::run() {
  stopped_ = false;
  while (!stopped_) {
    run_due_timers();
    if (stopped_) return;
    arm_timer();
    wait_and_dispatch();
  }
}

void Loop::run_due_timers() {
  // Timers set by these callbacks wait for the next turn, so a timer that re-arms itself for "now" starves nobody.
  const auto last = next_id_;
  const BootTime now = core::BootClock::now();
  while (!stopped_) {
    const auto due = timers_.begin();
    if (due == timers_.end() || due->first.first > now || due->first.second >= last) return;
    const auto on_time = std::move(due->second);
    timers_.erase(due);
    on_time();
  }
}

void Loop::arm_timer() {
  const BootTime next = timers_.empty() ? BootTime::max() : timers_.begin()->first.first;
  const bool fired = !polled_.empty() && polled_[0].revents != 0;
  if (next == armed_for_ && !fired) return;
  itimerspec spec{};
  if (next != BootTime::max()) {
    // A zero it_value would disarm: times before boot become the first nanosecond.
    const auto since_boot = std::max(next.time_since_epoch(), core::BootClock::duration(1));
    const auto seconds = std::chrono::floor<core::Seconds>(since_boot);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (since_boot - seconds).count();
  }
  // Setting the time also takes back readability, so the timerfd is never read.
  ::timerfd_settime(timer_fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  armed_for_ = next;
}

void Loop::wait_and_dispatch() {
  if (std::exchange(watches_changed_, false)) {
    polled_.assign(1, pollfd{timer_fd_.get(), POLLIN, 0});
    polled_ids_.assign(1, 0);
    for (const auto& [id, watch] : watches_) {
      polled_.push_back({watch->fd, watch->events, 0});
      polled_ids_.push_back(id);
    }
  }
  for (auto& entry : polled_) entry.revents = 0;
  if (::poll(polled_.data(), polled_.size(), -1) <= 0) {
    // A kernel short of memory is asked again, but not without a pause.
    if (errno != EINTR) std::this_thread::sleep_for(kPauseAfterFailure);
    return;
  }
  for (std::size_t i = 1; i < polled_.size() && !stopped_; ++i) {
    if (polled_[i].revents == 0) continue;
    const auto found = watches_.find(polled_ids_[i]);
    if (found == watches_.end()) continue;
    const auto alive = found->second;  // the callback may drop its own registration
    alive->on_ready(polled_[i].revents);
  }
}

}  // namespace preemptd::sys
