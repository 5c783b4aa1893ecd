#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/notice.h"

namespace preemptd::node {

/// One question to a source and what it said.
struct Poll {
  core::Source source = core::Source::metadata;
  core::BootTime at{};  ///< when it was asked
  core::WallTime wall{};
  core::Millis took{0};
  std::string
      answer;  ///< "no notice", "notice", "unreadable", "locked", "not locked", "no such instance", or a fault's name
  std::string detail;  ///< the time in the answer, or what went wrong
};

/// The polls around a notice, as evidence. The lanes write it, the loop reads it. Before a notice the newest kBefore of
/// each source are kept; from hold() on those, the kAfter that follow, and the newest kLatest of the rest.
class PollLog {
 public:
  static constexpr std::size_t kBefore = 16, kAfter = 48, kLatest = 32;

  void add(Poll poll);
  /// A notice has been seen: what is known of the last polls is kept from now on, what was held before is not.
  void hold();

  struct Held {
    std::vector<Poll> polls;    ///< of all sources, in order of time
    std::uint64_t skipped = 0;  ///< left out between the first and the latest
  };
  Held held() const;

 private:
  struct SourcePolls {
    std::vector<Poll> first;
    std::deque<Poll> latest;
    std::uint64_t skipped = 0;
  };
  SourcePolls& polls_of(core::Source source) { return sources_[source == core::Source::metadata ? 0 : 1]; }

  mutable std::mutex mutex_;
  bool holding_ = false;
  std::array<SourcePolls, 2> sources_;
};

}  // namespace preemptd::node
