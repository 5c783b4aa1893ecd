#include "drain/plan/forecast.h"

#include <algorithm>
#include <csignal>
#include <variant>

#include "drain/plan/step.h"

namespace preemptd::drain {
namespace {

using core::BootTime;

/// Without the margin for a bad day.
Millis usually_takes(const HookSpec& hook, int speed) {
  if (!hook.predicted) return likely_need(hook, speed);
  return std::min(*hook.predicted, hook.options.timeout.value_or(*hook.predicted));
}

/// A drain whose hooks all take what they usually take, and end at once when they are told to.
class Rehearsal {
 public:
  Rehearsal(const std::vector<HookSpec>& hooks, const Limits& limits, Millis window) {
    State state;
    state.phase = Phase::draining;
    state.limits = limits;
    state.window = window_until(core::Deadline::after(now_, window), now_, limits);
    for (const auto& spec : hooks) {
      HookState hook;
      hook.spec = spec;
      state.hooks.push_back(std::move(hook));
      out_.hooks.push_back({spec.name, spec.options.importance, Fate::lost, usually_takes(spec, limits.speed), {}});
    }
    ends_at_.resize(hooks.size());
    take(begin(std::move(state), {}, now_));
  }

  Forecast live() {
    while (step_.state.phase != Phase::resting) {
      const auto next = next_end();
      if (next && (!step_.wake_at || *ends_at_[*next] <= *step_.wake_at))
        end(*next, *ends_at_[*next], {0, 0});
      else if (step_.wake_at)
        now_ = std::max(now_, *step_.wake_at), take(step(std::move(step_.state), Tick{}, now_));
      else
        break;
    }
    out_.over_after = std::chrono::ceil<Millis>(now_ - kBegin);
    return std::move(out_);
  }

 private:
  static constexpr BootTime kBegin{};

  void take(Step made) {
    step_ = std::move(made);
    std::vector<std::size_t> told_to_stop;
    for (const auto& effect : step_.effects) {
      if (const auto* start = std::get_if<StartHook>(&effect))
        ends_at_[start->hook] = now_ + out_.hooks[start->hook].needs;
      if (const auto* stop = std::get_if<Terminate>(&effect)) told_to_stop.push_back(stop->hook);
    }
    step_.effects.clear();
    for (const std::size_t hook : told_to_stop)
      if (ends_at_[hook]) end(hook, now_, {0, SIGTERM});
  }
  std::optional<std::size_t> next_end() const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < ends_at_.size(); ++i)
      if (ends_at_[i] && (!first || *ends_at_[i] < *ends_at_[*first])) first = i;
    return first;
  }
  void end(std::size_t hook, BootTime at, sys::ExitStatus status) {
    now_ = std::max(now_, at);
    Foreseen& foreseen = out_.hooks[hook];
    const HookState& state = step_.state.hooks[hook];
    foreseen.gets = std::max(foreseen.gets, std::chrono::floor<Millis>(now_ - state.started));
    const bool done = status.signal == 0;
    foreseen.fate = !done ? Fate::shortened : state.turn > 1 ? Fate::second_turn : Fate::complete;
    ends_at_[hook].reset();
    take(step(std::move(step_.state), Exited{hook, status}, now_));
  }

  BootTime now_ = kBegin;
  Step step_;
  Forecast out_;
  std::vector<std::optional<BootTime>> ends_at_;
};

}  // namespace

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::complete: return "complete";
    case Fate::second_turn: return "second turn";
    case Fate::shortened: return "shortened";
    case Fate::lost: return "lost";
  }
  return "unknown";
}

Forecast foresee(const std::vector<HookSpec>& hooks, const Limits& limits, Millis window) {
  return Rehearsal(hooks, limits, window).live();
}

}  // namespace preemptd::drain
