#pragma once
#include <poll.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "sys/fd.h"

namespace preemptd::sys {

/// One thread, one poll: file descriptors, timers on the boot clock, signals. Every callback runs on the thread in
/// run(), never inside the call that registered it, and may register and drop whatever it likes, itself included. All
/// members are for that one thread; other threads reach it through a Mailbox only.
///
/// Timers sit on one timerfd of CLOCK_BOOTTIME: after a suspend they fire at once, which a poll timeout would not.
class Loop {
 public:
  /// Keeps one registration alive; dropping it ends the registration. Must not outlive the loop.
  class [[nodiscard]] Handle {
   public:
    Handle() = default;
    Handle(Handle&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)), id_(other.id_) {}
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { reset(); }
    void reset();
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class Loop;
    Handle(Loop* loop, std::uint64_t id) : loop_(loop), id_(id) {}
    Loop* loop_ = nullptr;
    std::uint64_t id_ = 0;
  };

  /// Local fault: the kernel gave no timerfd.
  static core::Result<std::unique_ptr<Loop>> open();
  ~Loop();

  /// Calls back with revents whenever `fd` shows one of `events` (POLLIN, POLLOUT), or an error or hang-up. `fd` stays
  /// the caller's, and must stay open as long as the handle lives.
  Handle watch(int fd, short events, std::function<void(short revents)> on_ready);

  /// Calls back once, not before `when`. A time already past fires on the next turn. The handle is spent afterwards.
  Handle at(core::BootTime when, std::function<void()> on_time);
  Handle after(core::Millis wait, std::function<void()> on_time) {
    return at(core::BootClock::now() + wait, std::move(on_time));
  }

  /// Blocks these signals in the calling thread and delivers them as callbacks. Call it before any thread is started,
  /// so that all threads inherit the mask. Children started by spawn() get an empty mask.
  core::Result<Handle> signals(std::initializer_list<int> numbers, std::function<void(int number)> on_signal);

  /// Runs until stop(). May be called again afterwards.
  void run();
  /// Ends run() after the callback in progress.
  void stop() { stopped_ = true; }

 private:
  struct Watch {
    int fd = -1;
    short events = 0;
    std::function<void(short)> on_ready;
    Fd owned;  ///< signalfds live as long as their registration
  };

  explicit Loop(Fd timer_fd) : timer_fd_(std::move(timer_fd)) {}
  void drop(std::uint64_t id);
  void arm_timer();
  void run_due_timers();
  void wait_and_dispatch();

  Fd timer_fd_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::shared_ptr<Watch>> watches_;
  std::map<std::pair<core::BootTime, std::uint64_t>, std::function<void()>> timers_;
  core::BootTime armed_for_ = core::BootTime::max();
  std::vector<pollfd> polled_;             ///< [0] is the timerfd
  std::vector<std::uint64_t> polled_ids_;  ///< beside polled_
  bool watches_changed_ = true;
  bool stopped_ = false;
};

}  // namespace preemptd::sys
