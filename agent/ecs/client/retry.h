#pragma once
#include <optional>

#include "core/clock.h"
#include "ecs/base/call.h"
#include "ecs/base/failure.h"

namespace preemptd::ecs {

/// How long to go on. Waits grow from `base`, doubling up to `longest`, each drawn at random between zero and that
/// (full jitter); a wait the server asked for is kept to instead.
struct RetryPolicy {
  int attempts = 6;  ///< 1: never again
  core::Millis base{500};
  core::Millis longest{10'000};
};

/// One failed try.
struct FailedTry {
  int number = 1;  ///< of this try, from 1
  Repeatability repeatability = Repeatability::read;
  bool may_have_arrived = true;  ///< false: no connection came about, so nothing happened
};

/// Whether asking again, unchanged, can help and can do no harm: throttled calls and ones that never arrived always;
/// lost answers, 5xx and requests that had arrived before where a repeat is safe; refusals that say the cloud is busy
/// or an earlier request is still being worked on.
bool may_repeat(const Failure& failure, const FailedTry& tried);

/// Whether the try may have changed something although it failed: its answer was lost.
bool may_have_taken_effect(const Failure& failure, const FailedTry& tried);

/// The wait before the next try, or nothing when the caller should give up. `random` is evenly drawn from [0, 1).
std::optional<core::Millis> wait_after(const Failure& failure, const FailedTry& tried, const RetryPolicy& policy,
                                       double random);

}  // namespace preemptd::ecs
