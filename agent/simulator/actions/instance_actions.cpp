#include <nlohmann/json.hpp>

#include "simulator/api/calendar.h"
#include "simulator/api/handlers.h"
#include "simulator/cloud/digest.h"
#include "simulator/cloud/lists.h"

namespace preemptd::simulator {
namespace {

using core::Json;

ActionResult<Instance*> named(World& world, const ParameterReader& read) {
  Instance* instance = world.fleet.find(read.text("InstanceId"));
  if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  return instance;
}

/// Security groups replace the old set as a whole.
ActionResult<void> replace_groups(World& world, Instance& instance, const std::vector<std::string>& groups) {
  for (const auto& id : groups) {
    const SecurityGroup* group = world.network.groups.find(id);
    if (group == nullptr || group->vpc != instance.vpc)
      return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
  }
  if (!groups.empty()) instance.security_groups = groups;
  return {};
}

Json role_result(const std::string& id, const ApiError* error) {
  return {{"InstanceId", id},
          {"Code", error != nullptr ? error->code : "200"},
          {"Message", error != nullptr ? error->message : "success"},
          {"Success", error == nullptr}};
}

/// Both role calls: each instance is answered for on its own.
ActionResult<Json> change_roles(World& world, const ActionCall& call, const char* wrapper, const char* item,
                                ActionResult<void> (*change)(Instance&, const std::string&)) {
  ParameterReader read(call);
  const auto ids = read.json_list("InstanceIds");
  if (read.error()) return tl::unexpected(*read.error());
  const std::string role = read.text("RamRoleName");
  Json list = Json::array();
  int failed = 0;
  for (const auto& id : *ids) {
    Instance* instance = world.fleet.find(id);
    ActionResult<void> done = instance == nullptr
                                  ? ActionResult<void>(not_found("InstanceId", "InvalidInstanceId.NotFound"))
                                  : change(*instance, role);
    if (!done) ++failed;
    list.push_back(role_result(id, done ? nullptr : &done.error()));
  }
  return Json{
      {wrapper, {{item, std::move(list)}}}, {"RamRoleName", role}, {"TotalCount", ids->size()}, {"FailCount", failed}};
}

ActionResult<void> attach_role(Instance& instance, const std::string& role) {
  if (!instance.role.empty() && instance.role != role) {
    return deny(403, "InvalidOperation.RoleAttached", "The instance already has a RAM role; detach it first.");
  }
  instance.role = role;
  return {};
}

ActionResult<void> detach_role(Instance& instance, const std::string& role) {
  if (instance.role.empty() || (!role.empty() && instance.role != role))
    return not_found("RamRoleName", "InvalidRamRole.NotFound");
  instance.role.clear();
  return {};
}

}  // namespace

ActionResult<Json> allocate_public_ip_address(World& world, const ActionCall& call) {
  const auto instance = named(world, ParameterReader(call));
  if (!instance) return tl::unexpected(instance.error());
  if ((*instance)->locked_for_security()) {
    return deny(403, "InstanceLockedForSecurity",
                "The specified operation is denied as your instance is locked for security reasons.");
  }
  if ((*instance)->status != Status::running && (*instance)->status != Status::stopped) return wrong_status();
  if ((*instance)->bandwidth_out <= 0) {
    return deny(400, "AllocateIpInvalidInstanceBandwidth",
                "The InternetMaxBandwidthOut of the instance must be greater than 0.");
  }
  if ((*instance)->public_ip.empty()) (*instance)->public_ip = world.network.next_public_address();
  return Json{{"IpAddress", (*instance)->public_ip}};
}

ActionResult<Json> modify_instance_network_spec(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto instance = named(world, read);
  if (!instance) return tl::unexpected(instance.error());
  Instance& changed = **instance;
  const auto out = read.integer("InternetMaxBandwidthOut", changed.bandwidth_out, 0, 100);
  const auto in = read.integer("InternetMaxBandwidthIn", changed.bandwidth_in, 1, 200);
  const auto charge = read.word("NetworkChargeType", {"PayByTraffic", "PayByBandwidth"}, changed.internet_charge,
                                "InvalidInternetChargeType.ValueNotSupported");
  const bool allocate = read.flag("AllocatePublicIp");
  if (read.error()) return tl::unexpected(*read.error());
  if (changed.locked_for_security()) {
    return deny(403, "InstanceLockedForSecurity",
                "The specified operation is denied as your instance is locked for security reasons.");
  }
  if (changed.status != Status::running && changed.status != Status::stopped) return wrong_status();
  changed.bandwidth_out = static_cast<int>(out);
  changed.bandwidth_in = static_cast<int>(in);
  changed.internet_charge = charge;
  if (out == 0) changed.public_ip.clear();
  if (allocate && out > 0 && changed.public_ip.empty()) changed.public_ip = world.network.next_public_address();
  return changed.prepaid ? Json{{"OrderId", world.new_order_id()}} : Json::object();
}

ActionResult<Json> modify_instance_auto_release_time(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto asked = read.time("AutoReleaseTime", "InvalidAutoReleaseTime.Malformed");
  if (read.error()) return tl::unexpected(*read.error());
  Instance* instance = world.fleet.find(read.text("InstanceId"));
  if (instance == nullptr) return not_found("resource", "NoSuchResource");
  if (instance->prepaid) return wrong_charge_type();
  if (!asked) {
    world.fleet.release_at(*instance, std::nullopt);
    return Json::object();
  }
  const auto at = release_time(*asked, call.moment);
  if (!at) return tl::unexpected(at.error());
  world.fleet.release_at(*instance, *at);
  return Json::object();
}

ActionResult<Json> modify_instance_attribute(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto instance = named(world, read);
  if (!instance) return tl::unexpected(instance.error());
  Instance changed = **instance;
  changed.name = read.text("InstanceName", changed.name);
  changed.host_name = read.text("HostName", changed.host_name);
  if (call.parameters.contains("Description")) changed.description = read.text("Description");
  changed.deletion_protection = read.flag("DeletionProtection", changed.deletion_protection);
  changed.credit = read.text("CreditSpecification", changed.credit);
  changed.user_data = read.text("UserData", changed.user_data);
  if (!is_base64(changed.user_data)) return invalid_parameter("UserData", "InvalidUserData.Base64FormatInvalid");
  const auto groups = read.list("SecurityGroupIds", 16);
  if (read.error()) return tl::unexpected(*read.error());
  if (auto replaced = replace_groups(world, changed, groups); !replaced) return tl::unexpected(replaced.error());
  **instance = std::move(changed);
  return Json::object();
}

ActionResult<Json> modify_instance_metadata_options(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto endpoint = read.word("HttpEndpoint", {"enabled", "disabled"}, "", "InvalidHttpEndpoint.NotSupported");
  const auto tokens = read.word("HttpTokens", {"optional", "required"}, "", "InvalidHttpTokens.NotSupported");
  const auto tags = read.word("InstanceMetadataTags", {"enabled", "disabled"}, "");
  if (read.error()) return tl::unexpected(*read.error());
  if (!read.has("InstanceId")) return Json::object();  // the account's default, which no instance here follows
  const auto instance = named(world, read);
  if (!instance) return tl::unexpected(instance.error());
  MetadataOptions& options = (*instance)->metadata;
  if (!endpoint.empty()) options.enabled = endpoint == "enabled";
  if (!tokens.empty()) options.token_required = tokens == "required";
  if (!tags.empty()) options.tags = tags == "enabled";
  return Json::object();
}

ActionResult<Json> describe_user_data(World& world, const ActionCall& call) {
  const auto instance = named(world, ParameterReader(call));
  if (!instance) return tl::unexpected(instance.error());
  return Json{{"InstanceId", (*instance)->id}, {"RegionId", (*instance)->region}, {"UserData", (*instance)->user_data}};
}

ActionResult<Json> attach_instance_ram_role(World& world, const ActionCall& call) {
  if (!ParameterReader(call).has("RamRoleName")) return missing_parameter("RamRoleName");
  return change_roles(world, call, "AttachInstanceRamRoleResults", "AttachInstanceRamRoleResult", attach_role);
}

ActionResult<Json> detach_instance_ram_role(World& world, const ActionCall& call) {
  return change_roles(world, call, "DetachInstanceRamRoleResults", "DetachInstanceRamRoleResult", detach_role);
}

ActionResult<Json> describe_instance_ram_role(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.json_list("InstanceIds");
  const std::string role = read.text("RamRoleName"), region = read.text("RegionId");
  const auto number = read.integer("PageNumber", 1, 1, 1'000'000), size = read.integer("PageSize", 10, 1, 50);
  if (read.error()) return tl::unexpected(*read.error());
  if (!ids && role.empty()) return missing_parameter("InstanceIds");
  std::vector<const Instance*> matching;
  for (const auto& [sequence, instance] : world.fleet.in_region(region)) {
    const bool chosen = !ids || contains(*ids, instance->id);
    if (chosen && (ids || !instance->role.empty()) && (role.empty() || instance->role == role))
      matching.push_back(instance);
  }
  Json list = Json::array();
  const auto first = static_cast<std::size_t>((number - 1) * size);
  for (std::size_t i = first; i < matching.size() && i < first + static_cast<std::size_t>(size); ++i) {
    list.push_back({{"InstanceId", matching[i]->id}, {"RamRoleName", matching[i]->role}});
  }
  return Json{
      {"InstanceRamRoleSets", {{"InstanceRamRoleSet", list}}}, {"RegionId", region}, {"TotalCount", matching.size()}};
}

}  // namespace preemptd::simulator
