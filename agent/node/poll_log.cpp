#include "node/poll_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace preemptd::node {

void PollLog::add(Poll poll) {
  const std::lock_guard lock(mutex_);
  SourcePolls& lane = polls_of(poll.source);
  if (holding_ && lane.first.size() < kBefore + kAfter) {
    lane.first.push_back(std::move(poll));
    return;
  }
  lane.latest.push_back(std::move(poll));
  if (lane.latest.size() <= (holding_ ? kLatest : kBefore)) return;
  lane.latest.pop_front();
  ++lane.skipped;
}

void PollLog::hold() {
  const std::lock_guard lock(mutex_);
  for (SourcePolls& lane : sources_) {
    std::vector<Poll> all = std::move(lane.first);
    if (lane.latest.size() >= kBefore) all.clear();  // they are older than all that is wanted
    std::move(lane.latest.begin(), lane.latest.end(), std::back_inserter(all));
    const auto surplus = all.size() - std::min(all.size(), kBefore);
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(surplus));
    lane = SourcePolls{std::move(all), {}, 0};
  }
  holding_ = true;
}

PollLog::Held PollLog::held() const {
  const std::lock_guard lock(mutex_);
  Held held;
  for (const SourcePolls& lane : sources_) {
    held.polls.insert(held.polls.end(), lane.first.begin(), lane.first.end());
    held.polls.insert(held.polls.end(), lane.latest.begin(), lane.latest.end());
    held.skipped += lane.skipped;
  }
  std::stable_sort(held.polls.begin(), held.polls.end(), [](const Poll& a, const Poll& b) { return a.at < b.at; });
  return held;
}

}  // namespace preemptd::node
