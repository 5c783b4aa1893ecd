#include "watch/cadence.h"

#include <algorithm>

namespace preemptd::watch {
namespace {

using core::ErrorCode;
using core::Millis;
using core::Seconds;

constexpr Millis kPressing = Seconds(5);      // twice this withdraws a notice well before its hooks are done
constexpr Millis kAlone = Seconds(30);        // all nodes of a region may be in this at once, and share one quota
constexpr Millis kAfterOutage = Seconds(15);  // an API that did not answer
constexpr Millis kLongest = std::chrono::minutes(10);
constexpr Millis kSwitchedOff = Seconds(30);
constexpr Millis kToldToSlowDown = Seconds(5);

Millis jittered(Millis wait, double random) {
  return Millis(static_cast<Millis::rep>(static_cast<double>(wait.count()) * (0.9 + 0.2 * random)));
}

Millis doubled(Millis interval, unsigned times) {
  Millis wait = interval;
  for (; times > 0 && wait < kLongest; --times) wait *= 2;
  return std::max(interval, std::min(wait, kLongest));
}

Millis longest_for(ControlNeed need) {
  switch (need) {
    case ControlNeed::pressing: return kPressing;
    case ControlNeed::alone: return kAlone;
    case ControlNeed::usual: break;
  }
  return Millis::max();
}

}  // namespace

void FailureRun::add(ErrorCode how) {
  times = fault == how ? times + 1 : 1;
  fault = how;
}

Millis next_metadata_poll(Millis interval, std::optional<ErrorCode> last, double random) {
  if (last == ErrorCode::denied) interval = std::max(interval, kSwitchedOff);
  if (last == ErrorCode::throttled) interval = std::max(interval, kToldToSlowDown);
  return jittered(interval, random);
}

Millis next_control_poll(const ControlLook& look, double random) {
  const Millis usual = std::min(look.interval, longest_for(look.need));
  const auto& [fault, times] = look.failures;
  if (!fault) return jittered(usual, random);
  switch (*fault) {
    case ErrorCode::throttled:
      return jittered(std::max(doubled(look.interval, times), look.server_delay.value_or(Millis{0})), random);
    case ErrorCode::denied:
    case ErrorCode::bad_input: return jittered(doubled(look.interval, times - 1), random);
    case ErrorCode::unreachable:
    case ErrorCode::untrusted:
    case ErrorCode::timed_out: return jittered(std::min(usual, kAfterOutage), random);
    case ErrorCode::refused:
    case ErrorCode::bad_reply:
    case ErrorCode::local:
    case ErrorCode::cancelled: return jittered(usual, random);
  }
  return jittered(usual, random);
}

}  // namespace preemptd::watch
