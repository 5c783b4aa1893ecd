#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ecs/instances/instance.h"
#include "ecs/instances/launch.h"
#include "ecs/instances/power.h"
#include "ecs/instances/wait.h"

/// Work that takes several calls. Each says in its result how far it came: what was made is always named, so that
/// nothing is left behind unknown.
namespace preemptd::ecs {

/// Told before each step ("waiting for Stopped") and after each look while waiting.
using ProgressCallback = std::function<void(const std::string& step, const Statuses& now)>;

/// How far a launch came.
struct LaunchReport {
  std::vector<std::string> instance_ids;  ///< everything that was made, whatever became of it
  std::optional<WaitOutcome> waited;      ///< the last wait; nothing when none was begun
  std::optional<Failure> failure;         ///< what stopped it

  bool all_running() const { return !failure && waited && std::holds_alternative<Reached>(*waited); }
};

/// CreateInstance, wait for Stopped, a public address if `public_ip`, start, wait for Running.
LaunchReport create_and_start(Client& client, const Launch& launch, bool public_ip, core::Deadline by,
                              const ProgressCallback& tell);

/// RunInstances, then wait until all run.
LaunchReport run_and_wait(Client& client, const Launch& launch, core::Deadline by, const ProgressCallback& tell);

struct ReleaseReport {
  std::vector<std::string> refused;       ///< ids that could not be stopped, with the reason behind a colon
  std::vector<std::string> unknown;       ///< ids the cloud does not know: there is nothing to release
  std::vector<std::string> only_stopped;  ///< ids that were told to stop, and are not released
  std::optional<WaitOutcome> waited;      ///< for Stopped, then for gone
  std::optional<Failure> failure;

  bool all_gone() const { return !failure && refused.empty() && waited && std::holds_alternative<Reached>(*waited); }
};

/// Stops in good order, waits for Stopped, releases, waits until the cloud knows none of them. Where one cannot be
/// stopped none is released; ids that nobody knows, or that vanish meanwhile, keep the others from nothing. A release
/// refused because the instance is still being set up is tried again every 5 s.
ReleaseReport stop_and_release(Client& client, const std::vector<std::string>& ids, core::Deadline by,
                               const ProgressCallback& tell);

/// One subscription of a renew job.
struct Renewal {
  std::string instance_id;
  std::string expires_before;
  std::string expires_after;       ///< read back afterwards
  std::optional<Failure> failure;  ///< of the renewal itself

  bool moved() const { return !failure && expires_after > expires_before; }
};

/// Renews each subscription of the query (by ids, or by when they expire) and reads back whether its expiry moved, for
/// at most a minute each.
Result<std::vector<Renewal>> renew_all(Client& client, const InstanceQuery& query, std::int64_t period,
                                       const std::string& unit, core::Deadline by);

}  // namespace preemptd::ecs
