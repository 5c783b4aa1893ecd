#include "drain/plan/step.h"

#include <algorithm>
#include <array>
#include <utility>

namespace preemptd::drain {
namespace {

using core::BootTime;

constexpr Seconds kUnkillableAfter{2};  ///< operations: a process in D state survives SIGKILL; nobody can wait for it
constexpr std::array<Millis, 3> kPauses{Seconds(1), Seconds(2), Seconds(4)};
static_assert(kPauses.size() == kMostTriesAgain);
constexpr const char* kNewNotice = "a new notice came";
/// A hook that survives SIGKILL is not waited for when only this is left.
constexpr Millis kForTheLastReport{250};
/// What a hook gets at least between its signals when there is no time at all.
constexpr Millis kShortestGrace = Seconds(1);

/// The window, not its own timeout, ends its time.
bool cut_by_window(const HookState& hook) {
  constexpr Millis kRounding{1};
  return !hook.spec.options.timeout || hook.stop_by + kRounding < hook.started + *hook.spec.options.timeout;
}

/// `spec`: as far as it has not been used up.
Waiting as_waiting(const HookState& hook, const HookSpec& spec) {
  if (!hook.outcome) return {&spec};
  const bool cut = hook.outcome->ending != Ending::not_started;
  return {&spec, true, cut ? std::optional(std::chrono::floor<Millis>(hook.stop_by - hook.started)) : std::nullopt};
}

bool is_running(const HookState& hook) {
  return hook.status == Status::running || hook.status == Status::stopping || hook.status == Status::killing;
}

/// One step in the making: changes the state and collects the effects.
class Stepper {
 public:
  Stepper(State state, BootTime now) : state_(std::move(state)), now_(now) {}

  void append(JournalBody body) { effects_.push_back(Append{std::move(body)}); }

  void on(const Exited& event) {
    if (event.hook >= state_.hooks.size() || !is_running(state_.hooks[event.hook])) return;
    HookOutcome outcome = outcome_of(state_.hooks[event.hook], event.status);
    if (outcome.sent_by_us && state_.superseded) outcome.cause = Cause::new_notice, outcome.reason = kNewNotice;
    settle(event.hook, std::move(outcome));
  }
  void on(const NotStarted& event) {
    if (event.hook >= state_.hooks.size() || !is_running(state_.hooks[event.hook])) return;
    settle(event.hook, never_started(event.cause, event.reason));
  }
  void on(const Moved& event);
  void on(const Withdrawn&) {
    if (state_.phase == Phase::draining) state_.withdrawn = true;
  }
  void on(const Renewed&) {
    if (state_.phase == Phase::draining) state_.withdrawn = false;
  }
  void on(const Superseded&);
  void on(const Tick&) {}

  /// Everything that is due: stops, starts, the end.
  Step finish() {
    for (std::size_t i = 0; i < state_.hooks.size(); ++i) stop_if_due(i);
    start_what_may();
    start_another_turn();
    while (state_.phase != Phase::resting && all_over()) conclude();
    std::stable_partition(effects_.begin(), effects_.end(),
                          [](const Effect& e) { return !std::holds_alternative<StartHook>(e); });
    return {std::move(state_), std::move(effects_), next_wake_};
  }

 private:
  static HookOutcome never_started(Cause cause, std::string reason) {
    return {Ending::not_started, 0, 0, false, cause, std::move(reason)};
  }
  static HookOutcome outcome_of(const HookState& hook, const sys::ExitStatus& status);

  bool may_try_again(const HookState& hook, const HookOutcome& outcome) const;
  void settle(std::size_t index, HookOutcome outcome);
  void settle_waiting(Cause cause, const char* reason);
  void move(std::size_t index);
  BootTime abandoned_at(const HookState& killed) const;
  void stop_if_due(std::size_t index);
  void start_what_may();
  bool start(std::size_t index);
  void run_within(std::size_t index, const Slot& slot);
  std::vector<const HookSpec*> waiting_after(std::size_t index) const;
  bool has_begun_after(int stage) const;
  bool may_have_another_turn(const HookState& hook) const;
  std::vector<std::vector<std::size_t>> another_turn() const;
  std::vector<Round> rounds_after(std::size_t index) const;
  std::optional<Slot> slot_of(std::size_t index, BootTime from) const;
  std::optional<Slot> slot_of(const HookSpec& spec, std::size_t index, BootTime from) const;
  void start_another_turn();
  bool all_over() const;
  void conclude();
  void wake_by(BootTime when) { next_wake_ = next_wake_ ? std::min(*next_wake_, when) : when; }
  HookEvent event() const { return state_.phase == Phase::undoing ? HookEvent::undo : HookEvent::drain; }

  State state_;
  BootTime now_;
  std::vector<Effect> effects_;
  std::optional<BootTime> next_wake_;
};

HookOutcome Stepper::outcome_of(const HookState& hook, const sys::ExitStatus& status) {
  HookOutcome outcome{Ending::ok, status.code, status.signal, hook.status != Status::running, Cause::none, ""};
  if (outcome.sent_by_us) {
    outcome.ending = Ending::ran_out_of_time;
    if (cut_by_window(hook)) outcome.cause = Cause::no_time;
  } else if (status.signal != 0)
    outcome.ending = Ending::signalled;
  else if (status.code == 77)
    outcome.ending = Ending::skipped;
  else if (status.code != 0)
    outcome.ending = Ending::failed;
  if (!status.known())
    outcome.exit_code = 0, outcome.reason = "another process took its exit status, so nobody knows how it ended";
  return outcome;
}

bool Stepper::may_try_again(const HookState& hook, const HookOutcome& outcome) const {
  if (outcome.ending != Ending::failed || outcome.exit_code != 75 || hook.tries_again >= kMostTriesAgain) return false;
  if (state_.phase == Phase::draining && state_.withdrawn) return false;
  const BootTime again = now_ + kPauses[static_cast<std::size_t>(hook.tries_again)] / state_.limits.speed;
  const auto index = static_cast<std::size_t>(&hook - state_.hooks.data());
  return slot_of(index, again).has_value();
}

void Stepper::settle(std::size_t index, HookOutcome outcome) {
  HookState& hook = state_.hooks[index];
  const bool again = may_try_again(hook, outcome);
  if (outcome.exit_code == 75 && outcome.ending == Ending::failed && !again) {
    const bool too_often = hook.tries_again >= kMostTriesAgain;
    outcome.reason = too_often ? "asked for another try too often" : "asked for another try, but no time is left";
    outcome.cause = too_often ? Cause::none : Cause::no_time;
  }
  const bool ran = outcome.ending != Ending::not_started;
  effects_.push_back(Settle{index,
                            {hook.spec.name,
                             event(),
                             hook.attempt,
                             outcome,
                             again,
                             ran ? std::chrono::floor<Millis>(now_ - hook.started) : Millis(0),
                             {},
                             {},
                             hook.turn}});
  if (again) {
    hook.status = Status::waiting;
    hook.not_before = now_ + kPauses[static_cast<std::size_t>(hook.tries_again++)] / state_.limits.speed;
  } else {
    hook.status = Status::over;
    hook.outcome = std::move(outcome);
  }
}

void Stepper::settle_waiting(Cause cause, const char* reason) {
  for (std::size_t i = 0; i < state_.hooks.size(); ++i)
    if (state_.hooks[i].status == Status::waiting) settle(i, never_started(cause, reason));
}

/// Before the deadline where that is near: the last report must still leave.
BootTime Stepper::abandoned_at(const HookState& killed) const {
  const BootTime usual = killed.kill_by + kUnkillableAfter;
  const BootTime last = state_.window.deadline.at() - kForTheLastReport;
  const bool hurries = state_.phase == Phase::draining && last >= killed.kill_by + kForTheLastReport;
  return hurries ? std::min(usual, last) : usual;
}

void Stepper::stop_if_due(std::size_t index) {
  HookState& hook = state_.hooks[index];
  if (hook.status == Status::running && now_ >= hook.stop_by) {
    hook.status = Status::stopping;
    effects_.push_back(Terminate{index});
  }
  if (hook.status == Status::stopping && now_ >= hook.kill_by) {
    hook.status = Status::killing;
    hook.kill_by = now_;
    effects_.push_back(Kill{index});
  }
  if (hook.status == Status::killing && now_ >= abandoned_at(hook))
    settle(index,
           {Ending::unkillable, 0, 0, true, Cause::none, "it hangs in the kernel, perhaps on a dead disk or mount"});
  if (hook.status == Status::running) wake_by(hook.stop_by);
  if (hook.status == Status::stopping) wake_by(hook.kill_by);
  if (hook.status == Status::killing) wake_by(abandoned_at(hook));
}

/// The hooks that must wait until this one is over, if it starts now: all later ones, and those of its stage or in a
/// pause before another try that find no free lane.
std::vector<const HookSpec*> Stepper::waiting_after(std::size_t index) const {
  std::vector<const HookSpec*> after;
  const int stage = state_.hooks[index].spec.stage;
  const auto others =
      std::count_if(state_.hooks.begin(), state_.hooks.end(), is_running) - (is_running(state_.hooks[index]) ? 1 : 0);
  auto free_lanes = std::max<std::ptrdiff_t>(0, state_.limits.parallel - 1 - others);
  for (std::size_t i = 0; i < state_.hooks.size(); ++i) {
    const HookState& other = state_.hooks[i];
    if (i == index || other.status != Status::waiting) continue;
    const bool pauses = now_ < other.not_before;
    if ((other.spec.stage == stage || pauses) && free_lanes-- > 0) continue;
    after.push_back(&other.spec);
  }
  return after;
}

/// A hook of a later stage than this has been started.
bool Stepper::has_begun_after(int stage) const {
  return std::any_of(state_.hooks.begin(), state_.hooks.end(),
                     [&](const HookState& hook) { return hook.attempt > 0 && hook.spec.stage > stage; });
}

/// The window cut it off or left it out. An undo has a window of its own, and no other turns.
bool Stepper::may_have_another_turn(const HookState& hook) const {
  if (state_.phase != Phase::draining || hook.status != Status::over) return false;
  if (!hook.outcome || hook.outcome->cause != Cause::no_time) return false;
  if (hook.attempt > 0 && !hook.spec.options.repeatable) return false;
  return hook.spec.options.late || !has_begun_after(hook.spec.stage);
}

/// Those who may have another turn, the most important first, and side by side only within a stage.
std::vector<std::vector<std::size_t>> Stepper::another_turn() const {
  std::vector<std::size_t> hooks;
  for (std::size_t i = 0; i < state_.hooks.size(); ++i)
    if (may_have_another_turn(state_.hooks[i])) hooks.push_back(i);
  const auto rank = [this](std::size_t i) {
    return std::pair(state_.hooks[i].spec.options.importance, state_.hooks[i].spec.stage);
  };
  std::stable_sort(hooks.begin(), hooks.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::vector<std::vector<std::size_t>> groups;
  for (const std::size_t i : hooks) {
    const bool beside = !groups.empty() && rank(groups.back().front()) == rank(i) &&
                        groups.back().size() < static_cast<std::size_t>(state_.limits.parallel);
    if (!beside) groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

/// What waits behind this hook, if it starts now: first turns, then other turns of those that do not start beside it.
std::vector<Round> Stepper::rounds_after(std::size_t index) const {
  std::vector<Round> rounds = rounds_of(waiting_after(index), state_.limits.parallel);
  for (const auto& group : another_turn()) {
    Round round;
    if (std::find(group.begin(), group.end(), index) != group.end()) continue;
    for (const std::size_t i : group) {
      const HookState& hook = state_.hooks[i];
      const bool too_late = !hook.spec.options.late && state_.hooks[index].spec.stage > hook.spec.stage;
      if (too_late) continue;
      round.push_back(as_waiting(hook, hook.spec));
    }
    if (!round.empty()) rounds.push_back(std::move(round));
  }
  return rounds;
}

std::optional<Slot> Stepper::slot_of(const HookSpec& spec, std::size_t index, BootTime from) const {
  return slot_for(as_waiting(state_.hooks[index], spec), rounds_after(index), state_.window, state_.limits, from);
}

std::optional<Slot> Stepper::slot_of(std::size_t index, BootTime from) const {
  return slot_of(state_.hooks[index].spec, index, from);
}

/// Time that nobody uses goes to whom the window cut off or left out: when all are through, or pause before another
/// try.
void Stepper::start_another_turn() {
  if (state_.phase != Phase::draining || state_.withdrawn || state_.superseded) return;
  if (std::any_of(state_.hooks.begin(), state_.hooks.end(), is_running)) return;
  if (state_.window.hooks_end.left(now_) < kLeastForAnotherTurn / state_.limits.speed) return;
  for (const auto& group : another_turn()) {
    bool started = false;
    for (const std::size_t i : group) {
      const auto slot = slot_of(i, now_);
      if (!slot) continue;
      HookState& hook = state_.hooks[i];
      hook.undo_owed = hook.undo_owed || hook.attempt > 0;  // what the run before did is not known
      hook.outcome.reset();
      ++hook.turn;
      run_within(i, *slot);
      started = true;
    }
    if (started) return;
  }
}

bool Stepper::start(std::size_t index) {
  const auto slot = slot_of(index, now_);
  if (!slot) {
    settle(index, never_started(Cause::no_time, now_ >= state_.window.hooks_end.at()
                                                    ? "no time is left"
                                                    : "the time left is reserved for later hooks"));
    return false;
  }
  run_within(index, *slot);
  return true;
}

void Stepper::run_within(std::size_t index, const Slot& slot) {
  HookState& hook = state_.hooks[index];
  hook.status = Status::running;
  ++hook.attempt;
  hook.started = now_;
  hook.stop_by = slot.stop_by;
  hook.kill_by = slot.kill_by;
  append(HookStarted{hook.spec.name, event(), hook.attempt, hook.stop_by, hook.kill_by, hook.turn});
  effects_.push_back(StartHook{index});
  wake_by(hook.stop_by);
}

void Stepper::start_what_may() {
  if (state_.phase == Phase::resting) return;
  if (state_.superseded) return settle_waiting(Cause::new_notice, kNewNotice);
  if (state_.withdrawn && state_.phase == Phase::draining) {
    if (std::none_of(state_.hooks.begin(), state_.hooks.end(), is_running))
      settle_waiting(Cause::withdrawn, "the notice was withdrawn");
    return;
  }
  auto running = std::count_if(state_.hooks.begin(), state_.hooks.end(), is_running);
  std::optional<int> open_stage;  // that of the first hook that is not over: nothing later starts before it is through
  for (std::size_t i = 0; i < state_.hooks.size(); ++i) {
    const HookState& hook = state_.hooks[i];
    if (hook.status == Status::over) continue;
    const bool in_order = hook.turn == 1;
    if (in_order && open_stage && hook.spec.stage != *open_stage) continue;
    if (hook.status == Status::waiting && running < state_.limits.parallel) {
      if (now_ < hook.not_before)
        wake_by(hook.not_before);
      else if (start(i))
        ++running;
    }
    if (in_order && hook.status != Status::over) open_stage = hook.spec.stage;
  }
}

bool Stepper::all_over() const {
  return std::all_of(state_.hooks.begin(), state_.hooks.end(),
                     [](const HookState& h) { return h.status == Status::over; });
}

struct Counts {
  int ok = 0, skipped = 0, failed = 0, not_needed = 0;
};
Counts count(const std::vector<HookState>& hooks) {
  Counts counts;
  for (const auto& hook : hooks) {
    const Ending ending = hook.outcome->ending;
    ++(ending == Ending::ok        ? counts.ok
       : ending == Ending::skipped ? counts.skipped
       : not_needed(*hook.outcome) ? counts.not_needed
                                   : counts.failed);
  }
  return counts;
}

void Stepper::conclude() {
  const Counts counts = count(state_.hooks);
  if (state_.phase == Phase::undoing) {
    append(UndoFinished{counts.ok, counts.skipped, counts.failed});
  } else {
    const auto margin = std::chrono::floor<Millis>(state_.window.deadline.at() - now_);
    append(DrainFinished{state_.withdrawn, counts.ok, counts.skipped, counts.failed, margin, counts.not_needed});
    if (state_.withdrawn && !state_.superseded) {
      const auto drained = std::move(state_.hooks);
      state_ = undo_of(drained, std::move(state_), now_);
      UndoStarted entry{state_.undo_reason, state_.window.deadline, state_.boot_id, {}};
      for (const auto& hook : state_.hooks) entry.hooks.push_back(hook.spec.name);
      append(std::move(entry));
      return start_what_may();
    }
  }
  state_.phase = Phase::resting;
  effects_.emplace_back(Rest{});
}

/// What is waiting is planned again when it starts; what runs keeps running within its new slot.
void Stepper::on(const Moved& event) {
  if (state_.phase != Phase::draining) return;
  append(NoticeMoved{event.deadline, event.termination_time});
  state_.window = window_until(event.deadline, now_, state_.limits);
  for (std::size_t i = 0; i < state_.hooks.size(); ++i) {
    HookState& hook = state_.hooks[i];
    const bool left_out = hook.outcome && hook.outcome->ending == Ending::not_started;
    if (left_out && may_have_another_turn(hook)) {  // there may be time for it now
      hook.status = Status::waiting;
      hook.outcome.reset();
    }
    if (hook.status == Status::running || hook.status == Status::stopping) move(i);
  }
}

/// Timeout, reserve, experience and grace go on counting from when they began. Its SIGTERM cannot be taken back from a
/// hook that has got it.
void Stepper::move(std::size_t index) {
  HookState& hook = state_.hooks[index];
  const auto rest_of = [this](Millis whole, BootTime begun) {
    return std::max(Millis(0), whole - std::chrono::floor<Millis>(now_ - begun));
  };
  HookSpec rest = hook.spec;
  for (auto* whole : {&rest.predicted, &rest.options.reserve})
    if (*whole) *whole = rest_of(**whole, hook.started);
  if (hook.status == Status::stopping) {
    rest.options.timeout = Millis(0);
    rest.options.grace = rest_of(hook.spec.options.grace, hook.stop_by);
  } else if (hook.spec.options.timeout) {
    rest.options.timeout = rest_of(*hook.spec.options.timeout, hook.started);
  }
  const auto slot = slot_of(rest, index, now_);
  if (hook.status == Status::running) hook.stop_by = slot ? slot->stop_by : now_;
  hook.kill_by = slot ? slot->kill_by : now_ + std::min(rest.options.grace, kShortestGrace);
}

void Stepper::on(const Superseded&) {
  const bool taken_back = state_.phase == Phase::undoing || (state_.phase == Phase::draining && state_.withdrawn);
  if (!taken_back || state_.superseded) return;
  state_.superseded = true;
  for (HookState& hook : state_.hooks) {
    if (hook.status != Status::running) continue;
    hook.stop_by = std::min(hook.stop_by, now_);
    hook.kill_by = std::min(hook.kill_by, now_ + hook.spec.options.grace);
  }
}

}  // namespace

State undo_of(const std::vector<HookState>& drained, State base, BootTime now) {
  State undo = std::move(base);
  undo.phase = Phase::undoing;
  undo.window = window_until(core::Deadline::after(now, undo.undo_window), now, undo.limits);
  undo.hooks.clear();
  for (auto hook = drained.rbegin(); hook != drained.rend(); ++hook) {
    const bool skipped = hook->outcome && hook->outcome->ending == Ending::skipped;
    const bool applied = (hook->attempt > 0 && !skipped) || hook->undo_owed || !hook->spec.options.on_drain;
    if (!applied || !hook->spec.options.on_undo) continue;
    undo.hooks.push_back(HookState{hook->spec, Status::waiting, 0, 0, {}, {}, {}, {}, {}, false});
  }
  return undo;
}

Step begin(State state, std::vector<JournalBody> opening, BootTime now) {
  Stepper stepper(std::move(state), now);
  for (auto& body : opening) stepper.append(std::move(body));
  return stepper.finish();
}

Step step(State state, const Event& happening, BootTime now) {
  Stepper stepper(std::move(state), now);
  std::visit([&](const auto& event) { stepper.on(event); }, happening);
  return stepper.finish();
}

}  // namespace preemptd::drain
