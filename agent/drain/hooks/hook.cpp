#include "drain/hooks/hook.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace preemptd::drain {
namespace {

template <typename Enum, std::size_t N>
std::optional<Enum> enum_of(std::string_view name, const std::array<Enum, N>& values) {
  const auto found = std::find_if(values.begin(), values.end(), [&](Enum value) { return name_of(value) == name; });
  if (found == values.end()) return std::nullopt;
  return *found;
}

}  // namespace

std::string_view name_of(HookEvent event) {
  return event == HookEvent::undo ? "undo" : "drain";
}

std::optional<HookEvent> event_of(std::string_view name) {
  return enum_of(name, std::array{HookEvent::drain, HookEvent::undo});
}

std::string_view name_of(Importance importance) {
  switch (importance) {
    case Importance::critical: return "critical";
    case Importance::normal: return "normal";
    case Importance::low: return "low";
  }
  return "unknown";
}

std::optional<Importance> importance_of(std::string_view name) {
  return enum_of(name, std::array{Importance::critical, Importance::normal, Importance::low});
}

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::ok: return "ok";
    case Ending::skipped: return "skipped";
    case Ending::failed: return "failed";
    case Ending::signalled: return "signalled";
    case Ending::ran_out_of_time: return "ran_out_of_time";
    case Ending::not_started: return "not_started";
    case Ending::unkillable: return "unkillable";
  }
  return "unknown";
}

std::optional<Ending> ending_of(std::string_view name) {
  using enum Ending;
  return enum_of(name, std::array{ok, skipped, failed, signalled, ran_out_of_time, not_started, unkillable});
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::none: return "none";
    case Cause::unsafe: return "unsafe";
    case Cause::unrunnable: return "unrunnable";
    case Cause::gone: return "gone";
    case Cause::no_time: return "no_time";
    case Cause::withdrawn: return "withdrawn";
    case Cause::interrupted: return "interrupted";
    case Cause::new_notice: return "new_notice";
  }
  return "unknown";
}

std::optional<Cause> cause_of(std::string_view name) {
  using enum Cause;
  return enum_of(name, std::array{none, unsafe, unrunnable, gone, no_time, withdrawn, interrupted, new_notice});
}

std::string signal_name(int number) {
  const char* abbreviation = ::sigabbrev_np(number);
  return abbreviation == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + abbreviation;
}

namespace {

std::string how_it_ended(const HookOutcome& outcome) {
  return outcome.signal != 0 ? signal_name(outcome.signal) : "exit code " + std::to_string(outcome.exit_code);
}

}  // namespace

bool not_needed(const HookOutcome& outcome) {
  return outcome.ending == Ending::not_started && outcome.cause == Cause::withdrawn;
}

std::string describe(const HookOutcome& outcome) {
  const std::string reason = outcome.reason.empty() ? "" : ": " + outcome.reason;
  switch (outcome.ending) {
    case Ending::ok: return "ok";
    case Ending::skipped: return "skipped: " + (outcome.reason.empty() ? "not applicable here" : outcome.reason);
    case Ending::failed:
      return outcome.exit_code == 0 ? "failed" + reason : "failed (" + how_it_ended(outcome) + ")" + reason;
    case Ending::signalled:
      return "ended by " + signal_name(outcome.signal) + ", which the drainer did not send" + reason;
    case Ending::ran_out_of_time: return "ran out of time (" + how_it_ended(outcome) + ")" + reason;
    case Ending::not_started: return (not_needed(outcome) ? "not needed" : "not started") + reason;
    case Ending::unkillable: return "survived SIGKILL and was abandoned" + reason;
  }
  return "unknown";
}

}  // namespace preemptd::drain
