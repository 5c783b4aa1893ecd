#include "drain/plan/triage.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace preemptd::drain {
namespace {

constexpr Millis kShare = Seconds(10);  ///< for a hook that reserves nothing and was never seen, so that it starts
constexpr Millis kMargin = Seconds(1);  ///< on top of what a hook took lately, beside a quarter of it
constexpr std::array kMostImportantFirst{Importance::critical, Importance::normal, Importance::low};

bool reserves(const HookSpec& hook) {
  return hook.options.reserve && *hook.options.reserve > Millis(0);
}
bool asks(const HookSpec& hook) {
  return hook.predicted || reserves(hook) || hook.options.timeout;
}
Millis share_of(const HookSpec& hook, int speed) {
  const Millis share = kShare / speed;
  return std::min(share, hook.options.timeout.value_or(share));
}

/// A slot in which a hook may run so long. Others come after all but the last, so its grace lies in the slot.
Millis slot_around(const HookSpec& hook, Millis runs, bool last) {
  return last ? runs : runs + std::min(hook.options.grace, runs);
}

/// What the hook claims by its likely need. A share holds its grace: it is a small courtesy, not a promise.
Millis need_of(const HookSpec& hook, bool last, int speed) {
  const bool known = hook.predicted || reserves(hook);
  return known ? slot_around(hook, likely_need(hook, speed), last) : share_of(hook, speed);
}

/// What is kept for the hook while there is enough for everybody.
Millis kept_for(const HookSpec& hook, bool last, int speed) {
  if (!reserves(hook)) return share_of(hook, speed);
  return *hook.options.reserve + (last ? Millis(0) : hook.options.grace);
}

/// One step of sharing out: no round gets more than its `up_to` in it.
struct Filling {
  std::vector<Millis> up_to;
  bool least_first = false;  ///< round after round gets enough to start before anybody gets more
};

class Shares {
 public:
  Shares(std::size_t rounds, Millis available) : given_(rounds, Millis(0)), left_(std::max(available, Millis(0))) {}

  void fill(const Filling& step, int speed) {
    if (step.least_first)
      for (std::size_t i = 0; i < given_.size(); ++i) give(i, std::min(step.up_to[i], kLeastSlot / speed));
    if (wanted_up_to(step, Millis::max()) <= left_) {
      for (std::size_t i = 0; i < given_.size(); ++i) give(i, step.up_to[i]);
      return;
    }
    const Millis level = fair_level(step);
    for (std::size_t i = 0; i < given_.size(); ++i) give(i, std::min(step.up_to[i], level));
    for (std::size_t i = 0; i < given_.size(); ++i)  // what is left is less than a millisecond for each
      if (given_[i] <= level) give(i, std::min(step.up_to[i], level + Millis(1)));
  }
  std::vector<Millis> take() { return std::move(given_); }

 private:
  void give(std::size_t round, Millis up_to) {
    const Millis more = std::clamp(up_to - given_[round], Millis(0), left_);
    given_[round] += more;
    left_ -= more;
  }
  Millis wanted_up_to(const Filling& step, Millis level) const {
    Millis sum{0};
    for (std::size_t i = 0; i < given_.size(); ++i)
      sum += std::max(Millis(0), std::min(step.up_to[i], level) - given_[i]);
    return sum;
  }
  /// The highest level to which all rounds can be raised.
  Millis fair_level(const Filling& step) const {
    Millis low{0}, high = *std::max_element(step.up_to.begin(), step.up_to.end());
    while (low < high) {
      const Millis middle = low + (high - low + Millis(1)) / 2;
      if (wanted_up_to(step, middle) <= left_)
        low = middle;
      else
        high = middle - Millis(1);
    }
    return low;
  }

  std::vector<Millis> given_;
  Millis left_;
};

/// What each round claims in each step.
class Claims {
 public:
  Claims(std::span<const Round> rounds, int speed) : rounds_(rounds), speed_(speed) {}

  Shares share_out(Millis available) const {
    Shares shares(rounds_.size(), available);
    for (const Importance importance : kMostImportantFirst) {
      shares.fill(step(importance, &Claims::need_where_it_asks, true), speed_);
      shares.fill(step(importance, &Claims::need, true), speed_);
    }
    for (const Importance importance : kMostImportantFirst) shares.fill(step(importance, &Claims::kept, false), speed_);
    if (rounds_.empty() || has_first_turns(rounds_.last(1))) return shares;
    for (const Importance importance : kMostImportantFirst)
      shares.fill(step(importance, &Claims::kept_with_grace, false), speed_);
    for (const Importance importance : kMostImportantFirst)
      shares.fill(step(importance, &Claims::another_turn, false), speed_);
    return shares;
  }

 private:
  using Claim = Millis (Claims::*)(const Waiting&, bool last) const;

  /// The claims of those who are at least so important: of hooks side by side the longest counts.
  Filling step(Importance importance, Claim claim, bool least_first) const {
    Filling filling{{}, least_first};
    for (const Round& round : rounds_) {
      Millis most{0};
      for (const Waiting& waiting : round)
        if (waiting.hook->options.importance <= importance)
          most = std::max(most, (this->*claim)(waiting, is_last(round, waiting)));
      filling.up_to.push_back(most);
    }
    return filling;
  }
  /// The grace of the last round lies in the report's reserve. Other turns are not counted on before they have time.
  bool is_last(const Round& round, const Waiting& waiting) const {
    const auto after = rounds_.subspan(static_cast<std::size_t>(&round - rounds_.data()) + 1);
    return waiting.had_its_turn ? after.empty() : !has_first_turns(after);
  }
  Millis need(const Waiting& waiting, bool last) const {
    if (waiting.cut_after) return Millis(0);
    return need_of(*waiting.hook, last, speed_);
  }
  Millis need_where_it_asks(const Waiting& waiting, bool last) const {
    return asks(*waiting.hook) ? need(waiting, last) : Millis(0);
  }
  Millis kept(const Waiting& waiting, bool last) const {
    if (waiting.cut_after) return Millis(0);
    return kept_for(*waiting.hook, last, speed_);
  }
  Millis kept_with_grace(const Waiting& waiting, bool) const {
    return std::max(kept(waiting, false), need(waiting, false));
  }
  Millis another_turn(const Waiting& waiting, bool last) const {
    if (!waiting.cut_after) return Millis(0);
    const Millis runs = std::max(*waiting.cut_after, likely_need(*waiting.hook, speed_));
    return slot_around(*waiting.hook, std::min(runs, waiting.hook->options.timeout.value_or(runs)), last);
  }

  std::span<const Round> rounds_;
  int speed_;
};

}  // namespace

bool has_first_turns(std::span<const Round> rounds) {
  return std::any_of(rounds.begin(), rounds.end(), [](const Round& round) {
    return std::any_of(round.begin(), round.end(), [](const Waiting& waiting) { return !waiting.had_its_turn; });
  });
}

std::vector<Round> rounds_of(std::span<const HookSpec* const> hooks, int parallel) {
  std::vector<Round> rounds;
  for (const HookSpec* hook : hooks) {
    const bool beside = !rounds.empty() && rounds.back().front().hook->stage == hook->stage &&
                        rounds.back().size() < static_cast<std::size_t>(std::max(parallel, 1));
    if (!beside) rounds.emplace_back();
    rounds.back().push_back({hook});
  }
  return rounds;
}

Millis likely_need(const HookSpec& hook, int speed) {
  if (!hook.predicted && !reserves(hook)) return share_of(hook, speed);
  const Millis need = hook.predicted ? *hook.predicted + *hook.predicted / 4 + kMargin / speed : *hook.options.reserve;
  return std::min(need, hook.options.timeout.value_or(need));
}

Millis run_in_slot_of_need(const HookSpec& hook, int speed) {
  const Millis slot = need_of(hook, false, speed);
  return slot - std::min(hook.options.grace, slot / 2);
}

std::vector<Millis> share_out(std::span<const Round> rounds, Millis available, int speed) {
  return Claims(rounds, speed).share_out(available).take();
}

}  // namespace preemptd::drain
