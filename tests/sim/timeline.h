#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace preemptd::sim {

using core::Millis;

/// What a machine or a program has planned ends with it.
struct Life {
  std::uint64_t number = 0;
  void end() { ++number; }
};

/// What will happen, in order. Time since the world began; it jumps from one event to the next.
class Timeline {
 public:
  Millis now() const { return now_; }

  /// The outside world's: happens whatever the machine does.
  void at(Millis when, std::function<void()> what) {
    add({std::max(when, now_), next_++, nullptr, 0, std::move(what)});
  }
  /// A program's: not when its life has ended, later when the machine sleeps.
  void at(Millis when, const Life& life, std::function<void()> what) {
    add({std::max(when, now_), next_++, &life, life.number, std::move(what)});
  }
  void sleep_until(Millis when) { awake_at_ = std::max(awake_at_, when); }
  Millis awake_at() const { return awake_at_; }

  /// False: nothing is left to happen.
  bool step() {
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Happening next = std::move(heap_.back());
    heap_.pop_back();
    now_ = next.when;
    if (next.life == nullptr) return next.what(), true;
    if (next.life->number != next.number) return true;
    if (now_ < awake_at_) {
      next.when = awake_at_;
      return add(std::move(next)), true;
    }
    return next.what(), true;
  }

 private:
  struct Happening {
    Millis when;
    std::uint64_t order;
    const Life* life;
    std::uint64_t number;
    std::function<void()> what;
  };
  static bool later(const Happening& a, const Happening& b) {
    return std::pair(a.when, a.order) > std::pair(b.when, b.order);
  }
  void add(Happening happening) {
    heap_.push_back(std::move(happening));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  std::vector<Happening> heap_;
  std::uint64_t next_ = 0;
  Millis now_{0}, awake_at_{0};
};

}  // namespace preemptd::sim
