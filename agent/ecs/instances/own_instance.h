#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/client/client.h"

namespace preemptd::ecs {

/// Why the platform has locked an instance: "Recycling", "security", "financial", … in whatever case it was written.
struct OperationLock {
  std::string reason;
  std::string message;

  bool operator==(const OperationLock&) const = default;
};

/// A spot instance waiting to be taken back: a lock of this reason, in any case, whatever the status.
bool is_recycling(const std::vector<OperationLock>& locks);

/// The locks in an instance's OperationLocks, which the API writes as an object around a list, as a bare list, as null,
/// or not at all.
std::vector<OperationLock> operation_locks(const JsonValue& instance);

/// What the watch needs of an instance; everything as the cloud wrote it, empty where it wrote nothing.
struct InstanceSummary {
  std::string instance_id;
  std::string status;
  std::string interruption_behavior;  ///< "Terminate", "Stop"
  std::string spot_strategy;          ///< "NoSpot" for an instance that cannot be preempted
  std::vector<OperationLock> locks;

  bool recycling() const { return is_recycling(locks); }
};

InstanceSummary sighting_of(const JsonValue& instance);

struct OwnInstance {
  /// Nothing: the cloud knows no such instance (any more). Confirm with a second look before believing it.
  std::optional<InstanceSummary> instance;
  std::optional<core::WallTime> server_date;  ///< whole seconds
  std::string request_id;
};

/// DescribeInstances for one id. Reads what is above and builds nothing else. bad_reply for an answer without a list,
/// or with another instance than the one asked for.
Result<OwnInstance> describe_own_instance(Client& client, const std::string& region, const std::string& instance_id,
                                          core::Deadline by);

}  // namespace preemptd::ecs
