#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "drain/plan/step.h"
#include "fakes/drain_values.h"

namespace preemptd::fakes {

using namespace preemptd::drain;
using core::BootTime;
using core::Deadline;

/// Drives the step function by hand and writes down its effects: "start 10-a", "term 10-a", "over 10-a ok", …
class DrainByHand {
 public:
  explicit DrainByHand(std::vector<HookSpec> hooks, Millis window = Seconds(300), int parallel = 8) {
    State first;
    first.phase = Phase::draining;
    first.limits.parallel = parallel;
    first.window = window_until(Deadline::after(now, window), now, first.limits);
    first.undo_window = Seconds(300);
    for (auto& spec : hooks) first.hooks.push_back({std::move(spec), Status::waiting, 0, 0, {}, {}, {}, {}, {}});
    take(begin(std::move(first), {}, now));
  }

  std::string exits(const std::string& name, int code = 0, int signal = 0) {
    return happen(Exited{index_of(name), {code, signal}});
  }
  std::string happen(Event happening) { return take(step(std::move(state), happening, now)); }
  /// Lets the time pass until the next Tick that is asked for.
  std::string tick() {
    REQUIRE(wake_at);
    now = std::max(now, *wake_at);
    return happen(Tick{});
  }
  std::string after(Millis wait) {
    now += wait;
    return happen(Tick{});
  }
  double seconds() const { return std::chrono::duration<double>(now - kNow).count(); }
  const HookState& hook_named(const std::string& name) const { return state.hooks[index_of(name)]; }
  std::size_t index_of(const std::string& name) const {
    const auto found =
        std::find_if(state.hooks.begin(), state.hooks.end(), [&](const HookState& h) { return h.spec.name == name; });
    REQUIRE(found != state.hooks.end());
    return static_cast<std::size_t>(found - state.hooks.begin());
  }

  State state;
  BootTime now = kNow;
  std::optional<BootTime> wake_at;
  std::string told;  ///< by the last step
  std::vector<JournalBody> journal;

 private:
  std::string take(Step step) {
    state = std::move(step.state);
    wake_at = step.wake_at;
    told.clear();
    for (auto& effect : step.effects) std::visit([&](auto& one) { tell(one); }, effect);
    return told;
  }
  void say(const std::string& what) { told += (told.empty() ? "" : "; ") + what; }
  void tell(Append& append) {
    if (std::holds_alternative<DrainFinished>(append.body)) say("drained");
    if (std::holds_alternative<UndoStarted>(append.body)) say("undo");
    if (std::holds_alternative<UndoFinished>(append.body)) say("undone");
    journal.push_back(std::move(append.body));
  }
  void tell(StartHook& effect) { say("start " + state.hooks[effect.hook].spec.name); }
  void tell(Terminate& effect) { say("term " + state.hooks[effect.hook].spec.name); }
  void tell(Kill& effect) { say("kill " + state.hooks[effect.hook].spec.name); }
  void tell(Settle& effect) {
    const HookFinished& entry = effect.entry;
    say("over " + entry.hook + " " + std::string(name_of(entry.outcome.ending)) + (entry.again ? " again" : ""));
    journal.emplace_back(entry);
  }
  void tell(Rest&) { say("rest"); }
};

}  // namespace preemptd::fakes
