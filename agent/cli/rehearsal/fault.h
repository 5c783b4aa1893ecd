#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/rehearsal/world.h"
#include "core/result.h"

/// What can go wrong in a rehearsal, each by the name a person gives to --fault.
namespace preemptd::cli {

/// What a fault needs to know when it acts during the drain.
struct FaultContext {
  RehearsalWorld& world;
  core::Millis since_reclaim;
  bool a_hook_runs = false;  ///< and has for a moment
  bool drain_over = false;
};

struct RehearsalFault {
  std::string_view name;
  std::string_view what;  ///< completes "survived: …"
  /// Before the agent starts. Null: nothing to do.
  core::Result<void> (*prepare)(RehearsalWorld&) = nullptr;
  /// Just before the reclaim, when the agent knows who it is and both sources have answered. Null: nothing to do.
  core::Result<void> (*disturb)(RehearsalWorld&) = nullptr;
  /// Every look during the drain; true once it has done all it does. Null: nothing to do.
  core::Result<bool> (*act)(const FaultContext&) = nullptr;
  core::Seconds cloud_ahead{0};  ///< how far the cloud's clock is ahead of ours, its termination time included
};

std::span<const RehearsalFault> rehearsal_faults();
/// bad_input with the nearest name.
core::Result<std::vector<const RehearsalFault*>> pick_faults(const std::vector<std::string>& names);

/// The hook that the fault hook-hangs adds: running out of time is what it is for.
inline constexpr const char* kHangingHook = "55-rehearsal-hangs";

}  // namespace preemptd::cli
