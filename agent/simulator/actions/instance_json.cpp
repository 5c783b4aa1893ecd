#include "simulator/actions/instance_json.h"

#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

using core::Json;

Json wrapped(const char* name, Json list) {
  return Json{{name, std::move(list)}};
}

Json addresses(const std::string& address) {
  return wrapped("IpAddress", address.empty() ? Json::array() : Json::array({address}));
}

Json locks_json(const Instance& instance, bool with_message) {
  Json locks = Json::array();
  const auto add = [&](std::string_view reason) {
    Json lock{{"LockReason", reason}};
    if (with_message) lock["LockMsg"] = "";
    locks.push_back(std::move(lock));
  };
  if (instance.reclaim && instance.reclaim->in_api) add("Recycling");
  for (const auto& reason : instance.locks) add(reason);
  return wrapped("LockReason", std::move(locks));
}

std::string stopped_mode(const Instance& instance) {
  if (instance.status != Status::stopped) return "Not-applicable";
  return instance.stop_charging ? "StopCharging" : "KeepCharging";
}

Json eip_json() {
  return {{"AllocationId", ""}, {"IpAddress", ""}, {"InternetChargeType", ""}, {"Bandwidth", 0}};
}

Json vpc_json(const Instance& instance) {
  return {{"VpcId", instance.vpc},
          {"VSwitchId", instance.vswitch},
          {"NatIpAddress", ""},
          {"PrivateIpAddress", addresses(instance.private_ip)}};
}

Json interfaces_json(const Instance& instance) {
  const Json address{{"PrivateIpAddress", instance.private_ip}, {"Primary", true}, {"PrivateDnsName", ""}};
  const Json primary{{"NetworkInterfaceId", instance.network_interface},
                     {"MacAddress", instance.mac},
                     {"PrimaryIpAddress", instance.private_ip},
                     {"Type", "Primary"},
                     {"PrivateIpSets", wrapped("PrivateIpSet", Json::array({address}))},
                     {"Ipv6Sets", wrapped("Ipv6Set", Json::array())}};
  return wrapped("NetworkInterface", Json::array({primary}));
}

Json metadata_json(const MetadataOptions& options) {
  return {{"HttpEndpoint", options.enabled ? "enabled" : "disabled"},
          {"HttpTokens", options.token_required ? "required" : "optional"},
          {"HttpPutResponseHopLimit", 1},
          {"InstanceMetadataTags", options.tags ? "enabled" : "disabled"}};
}

/// What DescribeInstances and DescribeInstanceAttribute have in common.
Json shared_json(const Instance& i, Moment moment) {
  const InstanceType* type = find_type(i.type);
  return {{"InstanceId", i.id},
          {"InstanceName", i.name},
          {"HostName", i.host_name},
          {"Description", i.description},
          {"Status", name_of(i.status)},
          {"RegionId", i.region},
          {"ZoneId", i.zone},
          {"InstanceType", i.type},
          {"Cpu", type != nullptr ? type->cpus : 0},
          {"Memory", type != nullptr ? static_cast<int>(type->memory_gib * 1024) : 0},
          {"ImageId", i.image},
          {"InstanceChargeType", i.prepaid ? "PrePaid" : "PostPaid"},
          {"CreationTime", minute_text(moment.shown(i.created))},
          {"ExpiredTime", i.expires ? minute_text(i.expires, moment) : minute_text(kNeverExpires)},
          {"StoppedMode", stopped_mode(i)},
          {"InstanceNetworkType", "vpc"},
          {"InternetChargeType", i.internet_charge},
          {"InternetMaxBandwidthIn", i.bandwidth_in},
          {"InternetMaxBandwidthOut", i.bandwidth_out},
          {"VlanId", ""},
          {"ClusterId", ""},
          {"VpcAttributes", vpc_json(i)},
          {"PublicIpAddress", addresses(i.public_ip)},
          {"InnerIpAddress", addresses("")},
          {"EipAddress", eip_json()},
          {"SecurityGroupIds", wrapped("SecurityGroupId", i.security_groups)},
          {"CreditSpecification", i.credit},
          {"DedicatedHostAttribute", {{"DedicatedHostId", ""}, {"DedicatedHostName", ""}}},
          {"SerialNumber", i.serial}};
}

void add_machine(Json& out, const Instance& i) {
  const InstanceType* type = find_type(i.type);
  const int cpus = type != nullptr ? type->cpus : 0;
  out["InstanceTypeFamily"] = type != nullptr ? type->family : "";
  out["GPUAmount"] = type != nullptr ? type->gpus : 0;
  out["GPUSpec"] = type != nullptr ? type->gpu_spec : "";
  out["CpuOptions"] = {{"CoreCount", (cpus + 1) / 2}, {"ThreadsPerCore", cpus > 1 ? 2 : 1}, {"Numa", "ON"}};
  out["OSName"] = i.os_name;
  out["OSNameEn"] = i.os_name;
  out["OSType"] = i.os_type;
}

}  // namespace

std::string minute_text(core::WallTime time) {
  return core::format_utc(time).substr(0, 16) + "Z";
}

std::string minute_text(std::optional<core::WallTime> time, Moment moment) {
  return time ? minute_text(moment.shown(*time)) : std::string();
}

Json tags_json(const std::map<std::string, std::string>& tags) {
  Json list = Json::array();
  for (const auto& [key, value] : tags) list.push_back({{"TagKey", key}, {"TagValue", value}});
  return wrapped("Tag", std::move(list));
}

Json instance_json(const Instance& i, Moment moment) {
  Json out = shared_json(i, moment);
  add_machine(out, i);
  out["StartTime"] = i.started == core::WallTime{} ? "" : minute_text(moment.shown(i.started));
  out["AutoReleaseTime"] = minute_text(i.auto_release, moment);
  out["SpotStrategy"] = i.spot_strategy;
  out["SpotPriceLimit"] = i.spot_price_limit;
  out["SpotDuration"] = i.spot_duration;
  out["SpotInterruptionBehavior"] = i.stop_when_reclaimed ? "Stop" : "Terminate";
  out["OperationLocks"] = locks_json(i, true);
  out["Tags"] = tags_json(i.tags);
  out["MetadataOptions"] = metadata_json(i.metadata);
  out["NetworkInterfaces"] = interfaces_json(i);
  out["IoOptimized"] = true;
  out["DeletionProtection"] = i.deletion_protection;
  out["DeviceAvailable"] = true;
  out["Recyclable"] = false;
  out["SaleCycle"] = "";
  out["KeyPairName"] = i.key_pair;
  out["ResourceGroupId"] = i.resource_group;
  out["DeploymentSetId"] = "";
  out["HpcClusterId"] = "";
  out["ISP"] = "";
  out["RdmaIpAddress"] = addresses("");
  out["EipAddress"]["IsSupportUnassociate"] = false;
  out["DedicatedHostAttribute"]["DedicatedHostClusterId"] = "";
  out["DedicatedInstanceAttribute"] = {{"Tenancy", ""}, {"Affinity", ""}};
  out["HibernationOptions"] = {{"Configured", false}};
  out["EcsCapacityReservationAttr"] = {{"CapacityReservationId", ""}, {"CapacityReservationPreference", ""}};
  return out;
}

Json instance_attribute_json(const Instance& i, Moment moment) {
  Json out = shared_json(i, moment);
  out["IoOptimized"] = "optimized";
  out["OperationLocks"] = locks_json(i, false);
  out["EnableJumboFrame"] = false;
  return out;
}

}  // namespace preemptd::simulator
