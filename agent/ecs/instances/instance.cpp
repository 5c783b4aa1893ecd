#include "ecs/instances/instance.h"

#include <utility>

#include "ecs/client/batches.h"

namespace preemptd::ecs {
namespace {

void write_filter(Call& call, int slot, const char* key, const std::string& value) {
  if (value.empty()) return;
  const std::string name = "Filter." + std::to_string(slot);
  call.parameters[name + ".Key"] = key;
  call.parameters[name + ".Value"] = value;
}

template <typename Item>
Result<void> append(std::vector<Item>& to, Result<std::vector<Item>> more) {
  if (!more) return tl::unexpected(std::move(more.error()));
  std::move(more->begin(), more->end(), std::back_inserter(to));
  return {};
}

}  // namespace

void fields(FieldWriter& to, const InstanceQuery& query) {
  to("Status", query.status)("InstanceName", query.name)("ZoneId", query.zone_id)("VpcId", query.vpc_id);
  to("VSwitchId", query.vswitch_id)("SecurityGroupId", query.security_group_id)("ImageId", query.image_id);
  to("InstanceType", query.type)("InstanceChargeType", query.charge_type)("LockReason", query.lock_reason);
  to("Tag", query.tags);
}

void fields(FieldReader& from, Instance& i) {
  from("InstanceId", i.id)("InstanceName", i.name)("HostName", i.host_name)("Description", i.description);
  from("Status", i.status)("RegionId", i.region_id)("ZoneId", i.zone_id)("InstanceType", i.type)("ImageId", i.image_id);
  from("OSName", i.os_name)("Cpu", i.cpu)("Memory", i.memory_mib)("InstanceChargeType", i.charge_type);
  from("SpotStrategy", i.spot_strategy)("SpotPriceLimit", i.spot_price_limit)("SpotDuration", i.spot_duration);
  from("SpotInterruptionBehavior", i.interruption_behavior)("StoppedMode", i.stopped_mode);
  from("CreationTime", i.created)("StartTime", i.started)("ExpiredTime", i.expires)("AutoReleaseTime", i.auto_release);
  from("DeletionProtection", i.deletion_protection);
  auto vpc = from.inside("VpcAttributes");
  vpc("VpcId", i.vpc_id)("VSwitchId", i.vswitch_id)("PrivateIpAddress", i.private_ips);
  from("PublicIpAddress", i.public_ips)("InternetMaxBandwidthOut", i.bandwidth_out)(
      "SecurityGroupIds", i.security_group_ids)("KeyPairName", i.key_pair)("Tags", i.tags);
  from.inside("EipAddress")("IpAddress", i.elastic_ip);
  i.locks = operation_locks(from.value());
}

void fields(FieldReader& from, InstanceStatus& status) {
  from("InstanceId", status.id)("Status", status.status);
}

std::vector<Call> calls_of(const Client& client, const InstanceQuery& query) {
  auto call = call_of(client, kEcs, "DescribeInstances", query);
  call.parameters["MaxResults"] = "100";
  write_filter(call, 3, "ExpiredStartTime", query.expires_from);
  write_filter(call, 4, "ExpiredEndTime", query.expires_until);
  if (query.ids.empty()) return {call};
  std::vector<Call> calls;
  for (const auto& part : batches(query.ids, 100)) {
    calls.push_back(call);
    calls.back().parameters["InstanceIds"] = json_array(part);
  }
  return calls;
}

Result<std::vector<Instance>> describe_instances(Client& client, const InstanceQuery& query, core::Deadline by) {
  std::vector<Instance> all;
  for (auto& call : calls_of(client, query)) {
    auto added = append(all, ask_all<Instance>(client, std::move(call), Paging::token, {"Instances"}, by));
    if (!added) return tl::unexpected(std::move(added.error()));
  }
  return all;
}

Result<std::vector<InstanceStatus>> describe_instance_status(Client& client, const std::vector<std::string>& ids,
                                                             core::Deadline by) {
  std::vector<InstanceStatus> all;
  for (const auto& part : batches(ids, 50)) {
    auto call = call_of(client, kEcs, "DescribeInstanceStatus", NoRequest{});
    FieldWriter to(call.parameters);
    to("InstanceId", part)("PageSize", std::optional<std::int64_t>(50));
    auto added =
        append(all, ask_all<InstanceStatus>(client, std::move(call), Paging::number, {"InstanceStatuses"}, by));
    if (!added) return tl::unexpected(std::move(added.error()));
  }
  return all;
}

Result<Instance> describe_instance_attribute(Client& client, const std::string& id, core::Deadline by) {
  return ask<Instance>(client, {kEcs, "DescribeInstanceAttribute", {{"InstanceId", id}}}, by);
}

}  // namespace preemptd::ecs
