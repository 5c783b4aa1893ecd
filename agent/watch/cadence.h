#pragma once
#include <optional>

#include "core/clock.h"
#include "core/result.h"
#include "watch/watch.h"

/// How long to wait between two looks. Pure; `random` is a number in [0, 1) from the caller's generator.
namespace preemptd::watch {

/// Metadata: the configured interval, ten per cent either way, whatever the last answer was; a service that asks for
/// less (429), or that is switched off for this instance (403), is asked less often.
core::Millis next_metadata_poll(core::Millis interval, std::optional<core::ErrorCode> last, double random);

/// Calls that failed in the same way, in a row: an outage before one throttled answer does not make that look like the
/// tenth.
struct FailureRun {
  std::optional<core::ErrorCode> fault = {};  ///< nothing: the last call went well
  unsigned times = 0;

  void add(core::ErrorCode how);
};

struct ControlLook {
  core::Millis interval{60'000};
  ControlNeed need = ControlNeed::usual;
  FailureRun failures = {};
  std::optional<core::Millis> server_delay = {};  ///< x-acs-retry-after of a throttled answer
};

/// Control plane: its quota is shared by the whole account, so the wait is jittered per node, doubled on every
/// throttled answer up to ten minutes; where only a person can help it doubles after the second one, because right
/// after a boot a role may be minutes late.
core::Millis next_control_poll(const ControlLook& look, double random);

}  // namespace preemptd::watch
