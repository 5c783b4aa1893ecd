#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "core/clock.h"
#include "core/result.h"
#include "node/node_credentials.h"
#include "node/poll_log.h"

namespace preemptd::daemon {

/// What one source answered, counted where it is asked: an answer that is the same as the last wakes nobody, so the
/// loop reads these instead. Written by the source's lane, read by the loop.
class SourceCounts {
 public:
  static constexpr std::size_t kErrorCodes = static_cast<std::size_t>(core::ErrorCode::cancelled) + 1;

  void good(core::BootTime at) {
    last_good_ns_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
    good_.fetch_add(1, std::memory_order_relaxed);
  }
  void failed(core::ErrorCode code) { failed_[static_cast<std::size_t>(code)].fetch_add(1, std::memory_order_relaxed); }
  void unreadable() { unreadable_.fetch_add(1, std::memory_order_relaxed); }

  /// Nothing: never yet.
  std::optional<core::BootTime> last_good() const {
    const auto ns = last_good_ns_.load(std::memory_order_relaxed);
    if (ns < 0) return std::nullopt;
    return core::BootTime(core::BootTime::duration(ns));
  }
  std::uint64_t good_count() const { return good_.load(std::memory_order_relaxed); }
  std::uint64_t unreadable_count() const { return unreadable_.load(std::memory_order_relaxed); }
  std::uint64_t failed_count(core::ErrorCode code) const {
    return failed_[static_cast<std::size_t>(code)].load(std::memory_order_relaxed);
  }
  std::uint64_t failed_count() const {
    std::uint64_t sum = 0;
    for (const auto& count : failed_) sum += count.load(std::memory_order_relaxed);
    return sum;
  }
  /// Every question that came to an end, whatever the end.
  std::uint64_t asked_count() const { return good_count() + unreadable_count() + failed_count(); }

 private:
  std::atomic<std::int64_t> last_good_ns_{-1};
  std::atomic<std::uint64_t> good_{0};
  std::atomic<std::uint64_t> unreadable_{0};
  std::array<std::atomic<std::uint64_t>, kErrorCodes> failed_{};
};

/// The spans in which no notice could have been seen, because no source gave a good answer.
class BlindTime {
 public:
  explicit BlindTime(core::BootTime started) : last_(started.time_since_epoch().count()) {}

  /// A good answer of any source; called by every lane.
  void seen(core::BootTime at) {
    const std::int64_t now = at.time_since_epoch().count();
    const std::int64_t gap = now - last_.exchange(now, std::memory_order_relaxed);
    std::int64_t longest = longest_.load(std::memory_order_relaxed);
    while (gap > longest && !longest_.compare_exchange_weak(longest, gap, std::memory_order_relaxed)) {
    }
    if (gap > ordinary_.load(std::memory_order_relaxed)) total_.fetch_add(gap, std::memory_order_relaxed);
  }
  /// Pauses up to this are how the watch works and count as nothing in total().
  void set_ordinary(core::Millis pause) {
    ordinary_.store(std::chrono::nanoseconds(pause).count(), std::memory_order_relaxed);
  }
  /// All spans so far, the one still open included.
  core::Millis total(core::BootTime now) const {
    const std::int64_t open = open_for(now);
    const std::int64_t counted = open > ordinary_.load(std::memory_order_relaxed) ? open : 0;
    return std::chrono::duration_cast<core::Millis>(
        std::chrono::nanoseconds(total_.load(std::memory_order_relaxed) + counted));
  }
  /// The longest span so far, the one still open included.
  core::Millis longest(core::BootTime now) const {
    const auto ns = std::chrono::nanoseconds(std::max(open_for(now), longest_.load(std::memory_order_relaxed)));
    return std::chrono::duration_cast<core::Millis>(ns);
  }

 private:
  std::int64_t open_for(core::BootTime now) const {
    return now.time_since_epoch().count() - last_.load(std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> last_;
  std::atomic<std::int64_t> longest_{0};
  std::atomic<std::int64_t> ordinary_{0};
  std::atomic<std::int64_t> total_{0};
};

struct PollStats {
  explicit PollStats(core::BootTime started) : unseen(started) {}
  std::atomic<node::KeySource> key{node::KeySource::not_asked};
  SourceCounts metadata, control;
  BlindTime unseen;
  node::PollLog polls;
};

}  // namespace preemptd::daemon
