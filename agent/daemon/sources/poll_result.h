#pragma once
#include <optional>
#include <variant>

#include "core/clock.h"
#include "core/identity.h"
#include "watch/watch.h"

/// What the lanes report to the loop.
namespace preemptd::daemon {

/// Taken in this order: the clock error first, since an old notice is judged by it once the identity is known.
struct MetadataPollResult {
  std::optional<core::Millis> clock_error;               ///< nothing: no Date, or the same error as before
  std::optional<core::Result<core::Identity>> identity;  ///< nothing: not asked this time
  watch::MetadataAnswer answer;
};

struct ControlPollResult {
  std::optional<core::Millis> clock_error;
  watch::ControlAnswer answer;
};

using PollResult = std::variant<MetadataPollResult, ControlPollResult>;

}  // namespace preemptd::daemon
