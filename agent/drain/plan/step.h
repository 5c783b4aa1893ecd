#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "drain/hooks/hook.h"
#include "drain/journal/journal.h"
#include "drain/plan/plan.h"
#include "sys/child.h"

/// The drain as a pure function. The shell (drainer.h) turns what happened into events and carries out the effects, in
/// their order; a simulated world can do the same. Nothing here reads a clock, a file or a process.
///
///     auto step = begin(...);
///     for (;;) { carry_out(step.effects); event = wait_until(step.wake_at); step = step(std::move(step.state), event,
///     now); }
///
/// A hook is waiting -> running -> (stopping -> killing) -> over. It goes back to waiting for another try, and for
/// another turn: when every hook of a drain has had its turn and time is left, those that the window cut off or left
/// out run again, the most important first.
namespace preemptd::drain {

enum class Status {
  waiting,
  running,
  stopping,  ///< past its stop-by: SIGTERM was sent
  killing,   ///< past its kill-by: SIGKILL was sent
  over,
};

struct HookState {
  HookSpec spec;
  Status status = Status::waiting;
  int attempt = 0;              ///< of this or the last run; 0: never started
  int tries_again = 0;          ///< how often it got another try after saying 75
  core::BootTime not_before{};  ///< waiting: end of the pause before another try
  core::BootTime started{}, stop_by{}, kill_by{};
  std::optional<HookOutcome> outcome;  ///< when over
  /// An undo, whatever it says itself: an earlier run of it was interrupted, cut off, or for an earlier notice.
  bool undo_owed = false;
  int turn = 1;  ///< more than 1: of the time that was left when every hook had had its turn
};

enum class Phase { draining, undoing, resting };

struct State {
  Phase phase = Phase::resting;
  Limits limits;
  Window window;                 ///< of the drain, or of the undo
  Millis undo_window{0};         ///< how long an undo may take
  std::vector<HookState> hooks;  ///< in running order: of the drain, then (reversed) of the undo
  bool withdrawn = false;        ///< no further hook starts; what ran is undone
  bool superseded = false;       ///< another notice waits: taking this one back must yield to it
  std::string undo_reason = "withdrawn";
  std::string boot_id;
};

// Events.
struct Exited {
  std::size_t hook = 0;
  sys::ExitStatus status;
};
/// It could not be executed: gone, unsafe, unrunnable.
struct NotStarted {
  std::size_t hook = 0;
  Cause cause = Cause::unrunnable;
  std::string reason;
};
struct Moved {
  core::Deadline deadline;
  core::WallTime termination_time{};
};
struct Withdrawn {};
/// The notice is there again after all.
struct Renewed {};
/// Another notice is pending. A drain goes on, because its hooks are what the other one needs, too; one that is being
/// taken back ends within the grace of what runs, and what is not undone is owed by the other notice (resume.h).
struct Superseded {};
/// wake_at has come.
struct Tick {};
using Event = std::variant<Exited, NotStarted, Moved, Withdrawn, Renewed, Superseded, Tick>;

// Effects. `hook` is the index in State::hooks at the time of the hook's StartHook; the shell keeps what it started by
// it. All StartHooks of a step come last, so one sync of the journal serves them all.
/// Write to the journal. What is appended before a StartHook must be on the disk (or the disk given up) before it runs.
struct Append {
  JournalBody body;
};
struct StartHook {
  std::size_t hook = 0;
};
/// SIGTERM, then SIGCONT, to the hook's whole tree.
struct Terminate {
  std::size_t hook = 0;
};
/// SIGKILL to the hook's whole tree.
struct Kill {
  std::size_t hook = 0;
};
/// The hook is over: kill what it left behind, close its pipes, fill in its output and append the entry.
struct Settle {
  std::size_t hook = 0;
  HookFinished entry;
};
/// The drain (and the undo, if there was one) is over.
struct Rest {};
using Effect = std::variant<Append, StartHook, Terminate, Kill, Settle, Rest>;

struct Step {
  State state;
  std::vector<Effect> effects;
  std::optional<core::BootTime> wake_at;  ///< send a Tick then; nothing: only events matter
};

/// With less time than this nothing gets another turn.
inline constexpr Millis kLeastForAnotherTurn = Seconds(1);

/// How often and after what pauses a hook that says 75 is tried again.
inline constexpr int kMostTriesAgain = 3;

/// Starts, or after a crash goes on with, what `state` describes (resume.h makes it). `opening` is appended first.
Step begin(State state, std::vector<JournalBody> opening, core::BootTime now);

Step step(State state, const Event& happening, core::BootTime now);

/// The undo of hooks: reversed, each told to undo, within the undo window from `now`. Left out are those that never ran
/// or said "not applicable" (a hook that listens to undo alone, or is owed an undo from before, is called, though), and
/// those that do not listen to undo.
State undo_of(const std::vector<HookState>& drained, State base, core::BootTime now);

}  // namespace preemptd::drain
