#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ecs/client/fields.h"
#include "ecs/instances/own_instance.h"

namespace preemptd::ecs {

/// One instance as DescribeInstances tells it. Empty: not said. Times are UTC text as the cloud writes them
/// ("2026-03-04T05:05Z"; an ExpiredTime of 2099 or later means never).
struct Instance {
  std::string id;
  std::string name;
  std::string host_name;
  std::string description;
  std::string status;  ///< Pending, Starting, Running, Stopping, Stopped
  std::string region_id;
  std::string zone_id;
  std::string type;
  std::string image_id;
  std::string os_name;
  std::int64_t cpu = 0;
  std::int64_t memory_mib = 0;
  std::string charge_type;
  std::string spot_strategy;
  double spot_price_limit = 0;
  std::int64_t spot_duration = 0;
  std::string interruption_behavior;
  std::string stopped_mode;
  std::string created;
  std::string started;
  std::string expires;
  std::string auto_release;
  bool deletion_protection = false;
  std::string vpc_id;
  std::string vswitch_id;
  std::vector<std::string> private_ips;
  std::vector<std::string> public_ips;
  std::int64_t bandwidth_out = 0;  ///< public, Mbit/s
  std::string elastic_ip;
  std::vector<std::string> security_group_ids;
  std::string key_pair;
  std::vector<OperationLock> locks;
  std::vector<Tag> tags;

  bool is_spot() const { return !spot_strategy.empty() && spot_strategy != "NoSpot"; }
  bool recycling() const { return is_recycling(locks); }
};
void fields(FieldReader& from, Instance& instance);

/// Which instances. Everything given must hold; nothing given means all of the region.
struct InstanceQuery {
  std::vector<std::string> ids;  ///< any number: asked 100 to a call
  std::string status;
  std::string name;  ///< with * as wildcard
  std::string zone_id;
  std::string vpc_id;
  std::string vswitch_id;
  std::string security_group_id;
  std::string image_id;
  std::string type;
  std::string charge_type;
  std::string lock_reason;
  std::string expires_from;  ///< "2026-03-04T05:05Z", whole minutes
  std::string expires_until;
  std::vector<Tag> tags;
};
void fields(FieldWriter& to, const InstanceQuery& query);

/// The calls a query needs: one, or one for every 100 ids.
std::vector<Call> calls_of(const Client& client, const InstanceQuery& query);

/// All instances of the query, every page of it. Ids the cloud does not know are missing in the answer.
Result<std::vector<Instance>> describe_instances(Client& client, const InstanceQuery& query, core::Deadline by);

/// An instance and its state: the cheapest question about many.
struct InstanceStatus {
  std::string id;
  std::string status;
};
void fields(FieldReader& from, InstanceStatus& status);
/// Any number of ids, asked 50 to a call; unknown ones are missing.
Result<std::vector<InstanceStatus>> describe_instance_status(Client& client, const std::vector<std::string>& ids,
                                                             core::Deadline by);

/// DescribeInstanceAttribute: one instance, and the one question that says InvalidInstanceId.NotFound for an unknown
/// id.
Result<Instance> describe_instance_attribute(Client& client, const std::string& id, core::Deadline by);

}  // namespace preemptd::ecs
