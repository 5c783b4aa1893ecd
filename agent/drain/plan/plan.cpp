#include "drain/plan/plan.h"

#include <algorithm>

namespace preemptd::drain {
namespace {

using core::BootTime;

constexpr Millis kShare = Seconds(10);  ///< kept for a round that reserves nothing, so that it starts
constexpr Millis kLeastSlot{100};       ///< a hook with less than this would be stopped before it had begun

/// Hooks that run side by side.
using Round = std::span<const HookSpec* const>;

/// Cuts hooks in running order into rounds: never across stages, never more than `parallel`.
std::vector<Round> rounds_of(std::span<const HookSpec* const> hooks, int parallel) {
  std::vector<Round> rounds;
  while (!hooks.empty()) {
    std::size_t size = 1;
    while (size < hooks.size() && size < static_cast<std::size_t>(parallel) && hooks[size]->stage == hooks[0]->stage)
      ++size;
    rounds.push_back(hooks.first(size));
    hooks = hooks.subspan(size);
  }
  return rounds;
}

/// What a round has been promised: its longest reserve, with the grace that must follow when others come after it.
Millis promised(Round round, bool last) {
  Millis most{0};
  for (const HookSpec* hook : round)
    if (hook->options.reserve && *hook->options.reserve > Millis(0))
      most = std::max(most, *hook->options.reserve + (last ? Millis(0) : hook->options.grace));
  return most;
}

/// The most a round without promise is kept: no more than its hooks may use.
Millis share_of(Round round, const Limits& limits) {
  Millis most{0};
  const Millis share = kShare / limits.speed;
  for (const HookSpec* hook : round) most = std::max(most, std::min(share, hook->options.timeout.value_or(share)));
  return most;
}

/// Time to keep for all these rounds out of `available`, promises first and the last round's before the others'. What
/// the starting hook is promised goes before the shares of rounds that are promised nothing.
Millis kept_for(const std::vector<Round>& rounds, Millis own, Millis available, const Limits& limits) {
  Millis left = std::max(available, Millis(0));
  const Millis all = left;
  int unpromised = 0;
  for (std::size_t i = rounds.size(); i-- > 0;) {
    const Millis wanted = promised(rounds[i], i + 1 == rounds.size());
    if (wanted == Millis(0)) ++unpromised;
    left -= std::min(wanted, left);
  }
  const Millis even = (left - std::min(own, left)) / (unpromised + 1);  // one part stays for the hook that starts now
  for (std::size_t i = 0; i < rounds.size(); ++i)
    if (promised(rounds[i], i + 1 == rounds.size()) == Millis(0)) left -= std::min(share_of(rounds[i], limits), even);
  return all - left;
}

Millis span_of(BootTime from, BootTime to) {
  return std::chrono::floor<Millis>(to - from);
}

std::vector<const HookSpec*> pointers(const std::vector<HookSpec>& hooks) {
  std::vector<const HookSpec*> out;
  for (const auto& hook : hooks) out.push_back(&hook);
  return out;
}

/// What a hook needs by its own word.
Millis asked_by(const HookSpec& hook) {
  const HookOptions& o = hook.options;
  const Millis predicted = std::min(hook.predicted.value_or(Millis(0)), o.timeout.value_or(Millis::max()));
  if (o.reserve) return std::max(*o.reserve, predicted);
  return o.timeout ? *o.timeout : predicted;
}

/// The grace counts where the reserve of a round is kept together with it.
Millis asked_by_round(Round round, bool last) {
  Millis most{0};
  for (const HookSpec* hook : round) most = std::max(most, asked_by(*hook));
  return std::max(most, promised(round, last));
}

/// Those who ask for more than an even share of the hooks' time.
std::vector<std::string> blame_for(const std::vector<Round>& rounds, Millis hooks_time) {
  std::vector<std::string> names;
  const Millis even = hooks_time / std::max<int>(1, static_cast<int>(rounds.size()));
  for (const Round round : rounds)
    for (const HookSpec* hook : round)
      if (asked_by(*hook) > Millis(0) && asked_by(*hook) + hook->options.grace > even) names.push_back(hook->name);
  return names;
}

std::string seconds_of(Millis value) {
  return std::to_string(std::chrono::round<Seconds>(value).count()) + "s";
}

std::string never_starts(const Plan& plan) {
  const auto found =
      std::find_if(plan.hooks.begin(), plan.hooks.end(), [](const PlannedHook& planned) { return !planned.starts; });
  return found == plan.hooks.end() ? "" : found->hook.name;
}

/// Of a plan that fits by what its hooks ask for, while some are not held to that.
std::string who_may_lack(const Plan& plan) {
  const auto most =
      std::max_element(plan.hooks.begin(), plan.hooks.end(),
                       [](const PlannedHook& a, const PlannedHook& b) { return a.short_by < b.short_by; });
  if (most->short_by == Millis(0)) return "";
  return "; " + most->hook.name + " lacks " + seconds_of(most->short_by) +
         " of its time when those before it take all they may";
}

}  // namespace

Window window_until(core::Deadline deadline, BootTime now, const Limits& limits) {
  const Millis reserve = std::min(limits.report_reserve, deadline.left(now) / 4);
  return {deadline, deadline.sooner_by(reserve)};
}

std::optional<Slot> slot_for(const HookSpec& hook, std::span<const HookSpec* const> after, const Window& window,
                             const Limits& limits, BootTime now) {
  const Millis available = span_of(now, window.hooks_end.at());
  const auto rounds = rounds_of(after, limits.parallel);
  const HookSpec* self = &hook;
  const Millis length = available - kept_for(rounds, promised(Round(&self, 1), rounds.empty()), available, limits);
  if (length < kLeastSlot / limits.speed) return std::nullopt;
  const BootTime latest = now + length;
  const Millis timeout = std::min(hook.options.timeout.value_or(length), length);
  if (rounds.empty()) {  // the last round's grace lies in the first half of the report's reserve
    const BootTime stop_by = now + timeout;
    const BootTime half = latest + (window.deadline.at() - window.hooks_end.at()) / 2;
    return Slot{stop_by, std::max(stop_by, std::min(stop_by + hook.options.grace, half))};
  }
  const Millis grace = std::min(hook.options.grace, length / 2);
  const BootTime stop_by = std::min(now + timeout, latest - grace);
  return Slot{stop_by, stop_by + grace};
}

Plan plan(const std::vector<HookSpec>& hooks, const Limits& limits, core::Deadline deadline, BootTime now) {
  Plan out;
  out.now = now;
  out.window = window_until(deadline, now, limits);
  out.available = deadline.left(now);
  const auto all = pointers(hooks);
  const auto rounds = rounds_of(all, limits.parallel);
  BootTime start = now;
  std::size_t done = 0;
  for (const Round round : rounds) {
    done += round.size();
    BootTime end = start;
    for (const HookSpec* hook : round) {
      const auto after = std::span(all).subspan(done);
      const auto slot = slot_for(*hook, after, out.window, limits, start);
      PlannedHook planned{*hook, slot.has_value(), start, start, start, asked_by(*hook), Millis(0)};
      if (slot) planned.stop_by = slot->stop_by, planned.kill_by = slot->kill_by;
      planned.short_by = std::max(Millis(0), planned.asks - span_of(start, planned.stop_by));
      end = std::max(end, planned.kill_by);
      out.hooks.push_back(std::move(planned));
    }
    start = end;
    out.asked += asked_by_round(round, done == all.size());
  }
  out.asked += span_of(out.window.hooks_end.at(), deadline.at());
  if (!out.fits()) out.blame = blame_for(rounds, span_of(now, out.window.hooks_end.at()));
  return out;
}

Millis Plan::margin() const {
  const bool all_start =
      std::all_of(hooks.begin(), hooks.end(), [](const PlannedHook& planned) { return planned.starts; });
  return std::min(available - asked, all_start ? Millis::max() : Millis(-1));
}

std::string verdict(const Plan& plan) {
  const std::string asks = "asks for " + seconds_of(plan.asked) + " of " + seconds_of(plan.available);
  if (plan.hooks.empty()) return "there are no hooks: nothing will be drained";
  if (plan.fits()) return "fits: " + asks + ", margin " + seconds_of(plan.margin()) + who_may_lack(plan);
  const Millis missing = plan.asked - plan.available;
  std::string culprits =
      missing > Millis(0) ? seconds_of(missing) + " short" : "which leaves no time for " + never_starts(plan);
  std::size_t named = 0;
  for (const auto& planned : plan.hooks) {
    if (std::find(plan.blame.begin(), plan.blame.end(), planned.hook.name) == plan.blame.end()) continue;
    culprits += named == 0 ? ", because of " : named + 1 == plan.blame.size() ? " and " : ", ";
    culprits += planned.hook.name + " (" + seconds_of(planned.asks) + ")";
    ++named;
  }
  return "does not fit: " + asks + ", " + culprits;
}

}  // namespace preemptd::drain
