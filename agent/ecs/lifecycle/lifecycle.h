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

/// The step a launch has behind it.
enum class LaunchStage {
  nothing,    ///< nothing was made, as far as is known
  made,       ///< the instances exist
  addressed,  ///< and have the public address that was asked for
  started,    ///< and were started: what is left happens by itself
};

/// How a launch goes.
struct LaunchSteps {
  bool public_ip = false;     ///< CreateInstance only: a public address before the start
  bool until_running = true;  ///< false: over when the start was accepted
  std::function<void(const std::vector<std::string>&)> made;  ///< called at once when the ids are known
};

/// How far a launch came.
struct LaunchReport {
  LaunchStage stage = LaunchStage::nothing;
  std::vector<std::string> instance_ids;  ///< everything that was made, whatever became of it
  std::optional<WaitOutcome> waited;      ///< the last wait; nothing when none was begun
  std::optional<Failure> failure;         ///< what stopped it

  bool all_running() const { return !failure && waited && std::holds_alternative<Reached>(*waited); }
};

/// CreateInstance, wait for Stopped, a public address, start, wait for Running. A start that is refused because the
/// instance is still being set up is tried again every 5 s.
LaunchReport create_and_start(Client& client, const Launch& launch, const LaunchSteps& steps, core::Deadline by,
                              const ProgressCallback& progress);

/// RunInstances, then wait until all run.
LaunchReport run_and_wait(Client& client, const Launch& launch, const LaunchSteps& steps, core::Deadline by,
                          const ProgressCallback& progress);

/// start_instances(), tried again every 5 s while the cloud says that the instance is still being set up.
Result<std::vector<PowerResult>> start_when_ready(Client& client, const std::vector<std::string>& ids,
                                                  core::Deadline by);

/// What stands against a release, known before anything is changed.
enum class ReleaseObstacle {
  none,
  deletion_protection,
  subscription,  ///< paid for until its expiry
  not_settled,   ///< Pending or Starting: it cannot be stopped before it runs
  locked,        ///< a security lock: it cannot be stopped, only released with its power cut
};
/// Pure. `cut_power`: it is released as it is, not stopped first.
ReleaseObstacle release_obstacle(const Instance& instance, bool cut_power, core::WallTime now);
/// "i-1: its deletion protection is on".
std::string text_of(ReleaseObstacle obstacle, const Instance& instance);

/// The instances of a release, looked at before anything is changed.
struct ReleaseCheck {
  std::vector<Instance> there;
  std::vector<std::string> unknown;
  std::vector<std::pair<ReleaseObstacle, std::string>> obstacles;  ///< with the sentence
};
Result<ReleaseCheck> check_release(Client& client, const std::vector<std::string>& ids, bool cut_power,
                                   core::Deadline by);

struct ReleaseReport {
  std::vector<std::string> refused;       ///< ids that could not be stopped or released, with the reason behind a colon
  std::vector<std::string> unknown;       ///< ids the cloud does not know: there is nothing to release
  std::vector<std::string> only_stopped;  ///< ids that were told to stop, and are not released
  std::optional<WaitOutcome> waited;      ///< for Stopped, then for gone
  std::optional<Failure> failure;

  bool all_gone() const { return !failure && refused.empty() && waited && std::holds_alternative<Reached>(*waited); }
};

/// Checks what can never work and then changes nothing; stops in good order and keeps charging, so that what cannot be
/// released after all keeps its address; waits for Stopped, releases, waits until the cloud knows none of them. Where
/// one cannot be stopped none is released; ids that nobody knows, or that vanish meanwhile, keep the others from
/// nothing. A release refused because the instance is still being set up is tried again every 5 s.
ReleaseReport stop_and_release(Client& client, const std::vector<std::string>& ids, core::Deadline by,
                               const ProgressCallback& progress);

/// One subscription of a renew job.
struct Renewal {
  std::string instance_id;
  std::string expires_before;
  std::string expires_after;       ///< read back afterwards
  std::optional<Failure> failure;  ///< of the renewal itself; the order may have been made all the same

  bool moved() const { return expires_after > expires_before; }
  /// Nobody knows whether the order was made: its answer was lost, and the expiry has not moved.
  bool unknown() const { return !moved() && failure && failure->may_have_happened; }
};

/// Renews each subscription of the query (by ids, or by when they expire) and reads back whether its expiry moved, for
/// at most a minute each; after a failure, too, for its answer may be all that was lost.
Result<std::vector<Renewal>> renew_all(Client& client, const InstanceQuery& query, std::int64_t period,
                                       const std::string& unit, core::Deadline by);

}  // namespace preemptd::ecs
