#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "drain/hooks/hook.h"
#include "drain/plan/triage.h"

/// Who may use how much of the window. Pure: `now` is an argument, nothing is read.
///
/// Hooks of a stage run side by side, at most Limits::parallel at once; more than that run in rounds. Rounds follow
/// each other. The hooks' time ends at the report's reserve. Of the time that is left when a hook starts, later rounds
/// keep what triage.h gives them; the rest is this hook's, and what it does not use flows on. While there is enough for
/// everybody, a round keeps what its hooks reserve (else a small share, up to 10 s) or, where that is more, what they
/// took lately.
///
/// A hook's stop-by comes before its kill-by by its grace (never more than half of its slot). In all rounds but the
/// last the kill-by, too, lies before the time kept for others; the grace of the last round, or of one that leaves
/// others no time at all, falls into the first half of the report's reserve.
namespace preemptd::drain {

/// The whole window with its end for hooks fixed: the report's reserve is never more than a quarter of it.
struct Window {
  core::Deadline deadline;   ///< of the whole drain
  core::Deadline hooks_end;  ///< no hook is meant to run past this
};
Window window_until(core::Deadline deadline, core::BootTime now, const Limits& limits);

/// When one hook that starts now must stop.
struct Slot {
  core::BootTime stop_by;
  core::BootTime kill_by;
};
/// `after`: the rounds that will wait for this one, in their order. Nothing: no time is left for it.
std::optional<Slot> slot_for(const Waiting& hook, std::span<const Round> after, const Window& window,
                             const Limits& limits, core::BootTime now);

/// A hook's place in the plan when everything before it takes all it may.
struct PlannedHook {
  HookSpec hook;
  bool starts = true;  ///< false: reserves leave no time for it
  core::BootTime start_by{};
  core::BootTime stop_by{};
  core::BootTime kill_by{};
  Millis asks{0};      ///< what it needs by its own word: reserve, else timeout, else what it took lately
  Millis expects{0};   ///< what it took lately, where that is known, else what it asks
  Millis short_by{0};  ///< how much it lacks of the smaller of both
};

struct Plan {
  core::BootTime now{};
  Window window;
  std::vector<PlannedHook> hooks;
  Millis available{0};             ///< from now to the deadline
  Millis asked{0};                 ///< what all rounds ask for, one after the other, with the report's reserve
  Millis expected{0};              ///< the same by what hooks took lately, where that is known
  std::vector<std::string> blame;  ///< when it does not fit: the hooks that ask for more than an even share

  /// By what the hooks ask for, or else by what they took lately.
  bool fits() const { return margin() >= Millis(0); }
  /// Left over, or (negative) short; never without a minus where a hook would not start.
  Millis margin() const;
};

/// `hooks` in running order (discovery.h).
Plan plan(const std::vector<HookSpec>& hooks, const Limits& limits, core::Deadline deadline, core::BootTime now);

/// The verdict in one sentence: "fits: asks for 180s of 300s, margin 120s" / "fits: by what hooks took lately 12s of
/// 30s, margin 18s, while they ask for 63s" / "does not fit: asks for 410s of 300s, 110s short, because of 20-a (200s)
/// and 30-b (200s)". It says, too, which hook lacks most when those before it take all they may.
std::string verdict(const Plan& plan);

}  // namespace preemptd::drain
