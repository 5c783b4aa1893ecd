#pragma once
#include <optional>

#include "core/clock.h"
#include "core/result.h"

/// How long to wait between two looks. Pure; `random` is a number in [0, 1) from the caller's generator.
namespace preemptd::watch {

/// Metadata: the configured interval, ten per cent either way, whatever the last answer was; a service that asks for
/// less (429), or that is switched off for this instance (403), is asked less often.
core::Millis next_metadata_poll(core::Millis interval, std::optional<core::Fault> last, double random);

struct ControlLook {
  core::Millis interval{60'000};
  bool often = false;                        ///< wants_control_often(state)
  std::optional<core::Fault> last = {};      ///< how the last call failed
  unsigned failures = 0;                     ///< in a row
  std::optional<core::Millis> server_delay = {};  ///< x-acs-retry-after of a throttled answer
};

/// Control plane: its quota is shared by the whole account, so the wait is jittered per node, doubled on every throttled
/// answer up to ten minutes, and ten minutes where only a person can help.
core::Millis next_control_poll(const ControlLook& look, double random);

}  // namespace preemptd::watch
