#include "simulator/api/actions.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/text.h"
#include "simulator/api/handlers.h"

namespace preemptd::simulator {
namespace {

constexpr std::string_view kVpcAndEcs = "2016-04-28 2014-05-26";  // the older ECS names for the same still work

constexpr Action kTable[] = {
    {"CreateInstance", kEcs, create_instance, "RegionId", Trait::client_token},
    {"RunInstances", kEcs, run_instances, "RegionId", Trait::client_token},
    {"StartInstance", kEcs, start_instance, "InstanceId"},
    {"StopInstance", kEcs, stop_instance, "InstanceId"},
    {"RebootInstance", kEcs, reboot_instance, "InstanceId"},
    {"DeleteInstance", kEcs, delete_instance, "InstanceId"},
    {"StartInstances", kEcs, start_instances, "RegionId InstanceId"},
    {"StopInstances", kEcs, stop_instances, "RegionId InstanceId"},
    {"RebootInstances", kEcs, reboot_instances, "RegionId InstanceId"},
    {"DeleteInstances", kEcs, delete_instances, "RegionId InstanceId", Trait::client_token},
    {"DescribeInstances", kEcs, describe_instances, "RegionId"},
    {"DescribeInstanceStatus", kEcs, describe_instance_status, "RegionId"},
    {"DescribeInstanceAttribute", kEcs, describe_instance_attribute, "InstanceId"},
    {"AllocatePublicIpAddress", kEcs, allocate_public_ip_address, "InstanceId"},
    {"ModifyInstanceNetworkSpec", kEcs, modify_instance_network_spec, "InstanceId", Trait::client_token},
    {"ModifyInstanceAutoReleaseTime", kEcs, modify_instance_auto_release_time, "InstanceId"},
    {"ModifyInstanceAttribute", kEcs, modify_instance_attribute, "InstanceId"},
    {"ModifyInstanceMetadataOptions", kEcs, modify_instance_metadata_options, "RegionId HttpEndpoint"},
    {"DescribeUserData", kEcs, describe_user_data, "RegionId InstanceId"},
    {"AttachInstanceRamRole", kEcs, attach_instance_ram_role, "RegionId InstanceIds"},
    {"DetachInstanceRamRole", kEcs, detach_instance_ram_role, "RegionId InstanceIds"},
    {"DescribeInstanceRamRole", kEcs, describe_instance_ram_role, "RegionId"},
    {"RenewInstance", kEcs, renew_instance, "InstanceId", Trait::client_token},
    {"DescribeInstanceAutoRenewAttribute", kEcs, describe_instance_auto_renew_attribute, "RegionId"},
    {"ModifyInstanceAutoRenewAttribute", kEcs, modify_instance_auto_renew_attribute, "RegionId InstanceId"},
    {"DescribeRegions", kEcs, describe_regions},
    {"DescribeZones", kEcs, describe_zones, "RegionId"},
    {"DescribeAvailableResource", kEcs, describe_available_resource, "RegionId DestinationResource"},
    {"DescribeSpotPriceHistory", kEcs, describe_spot_price_history, "RegionId InstanceType NetworkType"},
    {"DescribeSpotAdvice", kEcs, describe_spot_advice, "RegionId"},
    {"DescribePrice", kEcs, describe_price, "RegionId InstanceType"},
    {"DescribeInstanceTypes", kEcs, describe_instance_types},
    {"DescribeDisks", kEcs, describe_disks, "RegionId"},
    {"ModifyDiskAttribute", kEcs, modify_disk_attribute},
    {"CreateDisk", kEcs, create_disk, "RegionId", Trait::client_token},
    {"DeleteDisk", kEcs, delete_disk, "DiskId"},
    {"AttachDisk", kEcs, attach_disk, "InstanceId DiskId"},
    {"DetachDisk", kEcs, detach_disk, "InstanceId DiskId"},
    {"CreateSnapshot", kEcs, create_snapshot, "DiskId", Trait::client_token},
    {"DescribeSnapshots", kEcs, describe_snapshots, "RegionId"},
    {"DeleteSnapshot", kEcs, delete_snapshot, "SnapshotId"},
    {"CreateImage", kEcs, create_image, "RegionId", Trait::client_token},
    {"DescribeImages", kEcs, describe_images, "RegionId"},
    {"DeleteImage", kEcs, delete_image, "RegionId ImageId"},
    {"CreateVpc", kVpcAndEcs, create_vpc, "RegionId", Trait::client_token},
    {"DescribeVpcs", kVpcAndEcs, describe_vpcs, "RegionId"},
    {"DeleteVpc", kVpcAndEcs, delete_vpc, "VpcId"},
    {"CreateVSwitch", kVpcAndEcs, create_vswitch, "ZoneId VpcId CidrBlock", Trait::client_token},
    {"DescribeVSwitches", kVpcAndEcs, describe_vswitches},
    {"DeleteVSwitch", kVpcAndEcs, delete_vswitch, "VSwitchId"},
    {"CreateSecurityGroup", kEcs, create_security_group, "RegionId", Trait::client_token},
    {"AuthorizeSecurityGroup", kEcs, authorize_security_group, "RegionId SecurityGroupId", Trait::client_token},
    {"RevokeSecurityGroup", kEcs, revoke_security_group, "RegionId SecurityGroupId", Trait::client_token},
    {"DescribeSecurityGroups", kEcs, describe_security_groups, "RegionId"},
    {"DescribeSecurityGroupAttribute", kEcs, describe_security_group_attribute, "RegionId SecurityGroupId"},
    {"DeleteSecurityGroup", kEcs, delete_security_group, "RegionId SecurityGroupId"},
    {"TagResources", kVpcAndEcs, tag_resources, "RegionId ResourceType ResourceId Tag"},
    {"UntagResources", kVpcAndEcs, untag_resources, "RegionId ResourceType ResourceId"},
    {"UnTagResources", kVpc, untag_resources, "RegionId ResourceType ResourceId"},  // as the VPC API spells it
    {"ListTagResources", kVpcAndEcs, list_tag_resources, "RegionId ResourceType"},
    {"CreateCommand", kEcs, create_command, "RegionId Name Type CommandContent", Trait::client_token},
    {"RunCommand", kEcs, run_command, "RegionId Type CommandContent InstanceId", Trait::client_token},
    {"InvokeCommand", kEcs, invoke_command, "RegionId CommandId InstanceId", Trait::client_token},
    {"DescribeInvocations", kEcs, describe_invocations, "RegionId"},
    {"DescribeInvocationResults", kEcs, describe_invocation_results, "RegionId"},
    {"DescribeCloudAssistantStatus", kEcs, describe_cloud_assistant_status, "RegionId"},
    {"CreateSimulatedSystemEvents", kEcs, create_simulated_system_events, "RegionId InstanceId EventType NotBefore"},
    {"CancelSimulatedSystemEvents", kEcs, cancel_simulated_system_events, "RegionId EventId"},
    {"DescribeInstancesFullStatus", kEcs, describe_instances_full_status, "RegionId"},
    {"DescribeInstanceHistoryEvents", kEcs, describe_instance_history_events, "RegionId"},
    {"GetCallerIdentity", kSts, get_caller_identity},
    {"AssumeRole", kSts, assume_role, "RoleArn RoleSessionName"},
    {"AssumeRoleWithOIDC", kSts, assume_role_with_oidc, "RoleArn OIDCProviderArn OIDCToken RoleSessionName",
     Trait::anonymous},
    {"PutCustomEvent", kCms, put_custom_event, "EventInfo"},
};

}  // namespace

std::span<const Action> all_actions() {
  return kTable;
}

const Action* find_action(std::string_view name, std::string_view version) {
  static const auto kByName = [] {
    std::unordered_map<std::string, const Action*> index;
    for (const auto& action : kTable) {
      for (const auto each : core::split(action.versions, ' '))
        index[std::string(action.name) + "/" + std::string(each)] = &action;
    }
    return index;
  }();
  const auto found = kByName.find(std::string(name) + "/" + std::string(version));
  return found == kByName.end() ? nullptr : found->second;
}

std::string_view product_of(std::string_view version) {
  if (version == kEcs) return "ecs";
  if (version == kVpc) return "vpc";
  if (version == kSts) return "sts";
  return version == kCms ? "cms" : "";
}

}  // namespace preemptd::simulator
