#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace preemptd::drain {

using core::Millis;
using core::Seconds;

/// What a hook is called for: its first argument.
enum class HookEvent { drain, undo };
std::string_view name_of(HookEvent event);  // "drain", "undo"
std::optional<HookEvent> event_of(std::string_view name);

/// Who is shortened last when a window is short.
enum class Importance { critical, normal, low };
std::string_view name_of(Importance importance);  // "critical", "normal", "low"
std::optional<Importance> importance_of(std::string_view name);

/// How one hook is run, after every place that may say so has spoken (hook_options.h).
struct HookOptions {
  std::optional<Millis> timeout;  ///< most it may take; nothing: as long as the window allows
  std::optional<Millis> reserve;  ///< guaranteed to it; nothing: its share of a small slice (plan.h)
  Millis grace = Seconds(5);      ///< from SIGTERM to SIGKILL
  bool repeatable = true;         ///< run again when a crash of the drainer or a short window cut it off
  std::string user;               ///< account it runs as; empty: the drainer's own (root)
  bool on_drain = true;           ///< called for HookEvent::drain
  bool on_undo = true;            ///< called for HookEvent::undo
  Importance importance = Importance::normal;
  bool late = true;  ///< may run after hooks of later stages, in a second turn

  bool operator==(const HookOptions&) const = default;
};

/// A hook as the plan and the drain see it.
struct HookSpec {
  std::string name;  ///< file name, unique in a drain
  std::string path;  ///< absolute; executed as it is
  int stage = 50;
  HookOptions options;
  std::optional<Millis> predicted;  ///< how long it took lately; nothing: never seen

  bool operator==(const HookSpec&) const = default;
};

/// How a hook ended. The names are part of the contract: journal, record and reports carry them.
enum class Ending {
  ok,
  skipped,          ///< it said 77: not applicable here
  failed,           ///< any other exit code
  signalled,        ///< a signal that was not ours ended it
  ran_out_of_time,  ///< we stopped it
  not_started,      ///< see Cause
  unkillable,       ///< it survived SIGKILL for two seconds, near the deadline for less, and was abandoned
};
std::string_view name_of(Ending ending);  // "ok", "skipped", "ran_out_of_time", …
std::optional<Ending> ending_of(std::string_view name);

/// Why a hook never started, or (interrupted, new_notice) was not let to its end.
enum class Cause { none, unsafe, unrunnable, gone, no_time, withdrawn, interrupted, new_notice };
std::string_view name_of(Cause cause);  // "none", "unsafe", "no_time", …
std::optional<Cause> cause_of(std::string_view name);

struct HookOutcome {
  Ending ending = Ending::ok;
  int exit_code = 0;        ///< where it exited by itself, in its grace too
  int signal = 0;           ///< what ended it; 0: it exited
  bool sent_by_us = false;  ///< the drainer sent a signal: SIGTERM at its stop-by, SIGKILL after its grace
  Cause cause = Cause::none;
  std::string reason;  ///< one sentence for a person; empty for ok

  bool operator==(const HookOutcome&) const = default;
};

/// It never ran, because the notice was withdrawn before its turn: no fault of anybody.
bool not_needed(const HookOutcome& outcome);
/// "ok", "failed (exit code 3)", "ran out of time (SIGKILL)": for logs and tables.
std::string describe(const HookOutcome& outcome);
/// "SIGTERM"; "signal 40" where it has no name.
std::string signal_name(int number);

}  // namespace preemptd::drain
