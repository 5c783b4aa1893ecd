#include "ecs/instances/own_instance.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace preemptd::ecs {

InstanceSummary sighting_of(const JsonValue& instance) {
  return {instance.at("InstanceId").text_or_empty(), instance.at("Status").text_or_empty(),
          instance.at("SpotInterruptionBehavior").text_or_empty(), instance.at("SpotStrategy").text_or_empty(),
          operation_locks(instance)};
}

bool is_recycling(const std::vector<OperationLock>& locks) {
  return std::any_of(locks.begin(), locks.end(),
                     [](const OperationLock& lock) { return core::equal_ignoring_case(lock.reason, "Recycling"); });
}

std::vector<OperationLock> operation_locks(const JsonValue& instance) {
  std::vector<OperationLock> locks;
  instance.at("OperationLocks").each([&](const JsonValue& lock) {
    locks.push_back({lock.at("LockReason").text_or_empty(), lock.at("LockMsg").text_or_empty()});
  });
  return locks;
}

Result<OwnInstance> describe_own_instance(Client& client, const std::string& region, const std::string& instance_id,
                                          core::Deadline by) {
  const Call call{kEcs, "DescribeInstances", {{"RegionId", region}, {"InstanceIds", json_array({instance_id})}}};
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  const auto list = answer->json.root().at("Instances");
  if (!list.is_object() && !list.is_array()) {
    return failed(*answer, call, core::ErrorCode::bad_reply, "an answer without a list of instances");
  }
  OwnInstance found{std::nullopt, answer->server_date, answer->request_id};
  bool other = false;
  list.each([&](const JsonValue& each) {
    auto sighting = sighting_of(each);
    if (sighting.instance_id != instance_id) {
      other = true;
    } else if (!found.instance) {
      found.instance = std::move(sighting);
    } else {  // listed twice: what either entry says counts
      auto& first = *found.instance;
      first.locks.insert(first.locks.end(), sighting.locks.begin(), sighting.locks.end());
      if (first.interruption_behavior.empty()) first.interruption_behavior = sighting.interruption_behavior;
    }
  });
  if (other && !found.instance)
    return failed(*answer, call, core::ErrorCode::bad_reply, "an answer about other instances");
  return found;
}

}  // namespace preemptd::ecs
