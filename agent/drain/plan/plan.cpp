#include "drain/plan/plan.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace preemptd::drain {
namespace {

using core::BootTime;

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

/// What it will need, as far as anybody can know.
Millis expected_by(const HookSpec& hook) {
  return hook.predicted ? std::min(*hook.predicted, hook.options.timeout.value_or(Millis::max())) : asked_by(hook);
}

/// The longest of hooks that run side by side. The grace counts where a reserve is kept together with it.
Millis longest(const Round& round, bool last, Millis (*of)(const HookSpec&), bool by_experience) {
  Millis most{0};
  for (const Waiting& waiting : round) {
    const HookSpec& hook = *waiting.hook;
    const bool with_grace = !last && hook.options.reserve > Millis(0) && !(by_experience && hook.predicted);
    most = std::max({most, of(hook), with_grace ? *hook.options.reserve + hook.options.grace : Millis(0)});
  }
  return most;
}

/// Those who ask for more than an even share of the hooks' time.
std::vector<std::string> blame_for(const std::vector<Round>& rounds, Millis hooks_time) {
  std::vector<std::string> names;
  const Millis even = hooks_time / std::max<int>(1, static_cast<int>(rounds.size()));
  for (const Round& round : rounds)
    for (const Waiting& waiting : round) {
      const Millis asks = asked_by(*waiting.hook);
      if (asks > Millis(0) && asks + waiting.hook->options.grace > even) names.push_back(waiting.hook->name);
    }
  return names;
}

/// Whole seconds, or tenths where those would be none.
std::string seconds_of(Millis value) {
  const auto whole = std::chrono::round<Seconds>(value).count();
  if (whole != 0 || value == Millis(0)) return std::to_string(whole) + "s";
  return "0." + std::to_string(std::clamp<Millis::rep>((value.count() + 99) / 100, 1, 9)) + "s";
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

namespace {

Slot before_others(BootTime now, Millis runs, Millis grace) {
  return {now + runs, now + runs + grace};
}

/// The grace of whoever runs last may lie in the first half of the report's reserve.
Slot to_the_end(const HookSpec& hook, const Window& window, BootTime now, Millis runs) {
  const BootTime stop_by = now + runs;
  const BootTime half = window.hooks_end.at() + (window.deadline.at() - window.hooks_end.at()) / 2;
  return {stop_by, std::max(stop_by, std::min(stop_by + hook.options.grace, half))};
}

}  // namespace

std::optional<Slot> slot_for(const Waiting& starting, std::span<const Round> after, const Window& window,
                             const Limits& limits, BootTime now) {
  const HookSpec& hook = *starting.hook;
  std::vector<Round> rounds{Round{starting}};
  rounds.insert(rounds.end(), after.begin(), after.end());
  const Millis available = span_of(now, window.hooks_end.at());
  const auto shares = share_out(rounds, available, limits.speed);
  const Millis length = std::accumulate(shares.begin() + 1, shares.end(), available, std::minus<>());
  if (length < kLeastSlot / limits.speed) return std::nullopt;
  const Millis timeout = hook.options.timeout.value_or(length);
  const Millis grace = std::min(hook.options.grace, length / 2);
  if (length < available) return before_others(now, std::min(timeout, length - grace), grace);
  if (!has_first_turns(after)) return to_the_end(hook, window, now, std::min(timeout, length));
  const Millis needed =
      std::min(length, run_in_slot_of_need(hook, limits.speed));  // nobody else gets any time as it is
  return to_the_end(hook, window, now, std::min(timeout, std::max(needed, length - grace)));
}

namespace {

PlannedHook placed(const HookSpec& hook, std::span<const Round> after, const Plan& plan, const Limits& limits,
                   BootTime start) {
  const auto slot = slot_for({&hook}, after, plan.window, limits, start);
  PlannedHook planned{hook, slot.has_value(), start, start, start, asked_by(hook), expected_by(hook), Millis(0)};
  if (slot) planned.stop_by = slot->stop_by, planned.kill_by = slot->kill_by;
  const Millis needs = std::min(planned.asks, planned.expects);
  planned.short_by = std::max(Millis(0), needs - span_of(start, planned.stop_by));
  return planned;
}

}  // namespace

Plan plan(const std::vector<HookSpec>& hooks, const Limits& limits, core::Deadline deadline, BootTime now) {
  Plan out;
  out.now = now;
  out.window = window_until(deadline, now, limits);
  out.available = deadline.left(now);
  const auto rounds = rounds_of(pointers(hooks), limits.parallel);
  BootTime start = now;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    const auto after = std::span(rounds).subspan(i + 1);
    BootTime end = start;
    for (const Waiting& waiting : rounds[i]) {
      out.hooks.push_back(placed(*waiting.hook, after, out, limits, start));
      end = std::max(end, out.hooks.back().kill_by);
    }
    start = end;
    out.asked += longest(rounds[i], after.empty(), asked_by, false);
    out.expected += longest(rounds[i], after.empty(), expected_by, true);
  }
  const Millis for_report = span_of(out.window.hooks_end.at(), deadline.at());
  out.asked += for_report;
  out.expected += for_report;
  if (!out.fits()) out.blame = blame_for(rounds, span_of(now, out.window.hooks_end.at()));
  return out;
}

Millis Plan::margin() const {
  const bool all_start =
      std::all_of(hooks.begin(), hooks.end(), [](const PlannedHook& planned) { return planned.starts; });
  const Millis counts = asked > available && expected <= available ? expected : asked;
  return std::min(available - counts, all_start ? Millis::max() : Millis(-1));
}

std::string verdict(const Plan& plan) {
  const std::string asks = "asks for " + seconds_of(plan.asked) + " of " + seconds_of(plan.available);
  if (plan.hooks.empty()) return "there are no hooks: nothing will be drained";
  if (plan.fits() && plan.asked > plan.available)
    return "fits: by what hooks took lately " + seconds_of(plan.expected) + " of " + seconds_of(plan.available) +
           ", margin " + seconds_of(plan.margin()) + ", while they ask for " + seconds_of(plan.asked) +
           who_may_lack(plan);
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
