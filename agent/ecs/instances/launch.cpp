#include "ecs/instances/launch.h"

#include <openssl/evp.h>

#include <algorithm>

#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

void write_common(FieldWriter& to, const Launch& launch) {
  to("ImageId", launch.image_id)("InstanceType", launch.instance_type)("ZoneId", launch.zone_id);
  to("SecurityGroupId", launch.security_group_id)("VSwitchId", launch.vswitch_id)("InstanceName", launch.name);
  to("HostName", launch.host_name)("Description", launch.description)("KeyPairName", launch.key_pair);
  to("RamRoleName", launch.ram_role)("UserData", base64(launch.user_data));
  to("InternetMaxBandwidthOut", launch.bandwidth_out)("InstanceChargeType", launch.charge_type);
  to("Period", launch.period)("PeriodUnit", launch.period_unit);
  to("SpotStrategy", launch.spot_strategy)("SpotPriceLimit", launch.spot_price_limit);
  to("SpotDuration", launch.spot_duration)("SpotInterruptionBehavior", launch.interruption_behavior);
  to("HttpTokens", launch.http_tokens)("DataDisk", launch.data_disks);
  to("SystemDisk.Category", launch.system_disk.category)("SystemDisk.Size", launch.system_disk.size_gib);
  to("SystemDisk.DiskName", launch.system_disk.name)("SystemDisk.PerformanceLevel",
                                                     launch.system_disk.performance_level);
  if (launch.dry_run) to("DryRun", std::optional<bool>(true));
}

/// A name that ends in a dot is a list: all of it goes.
void drop(Parameters& from, std::string_view name) {
  std::erase_if(
      from, [&](const auto& each) { return name.ends_with('.') ? each.first.starts_with(name) : each.first == name; });
}

/// What says the same as a member does, in other words, has to go when the member is set.
void drop_what_members_replace(Parameters& base, const Launch& launch) {
  if (!launch.image_id.empty()) drop(base, "ImageFamily");
  if (!launch.security_group_id.empty()) drop(base, "SecurityGroupIds.");
  if (!launch.data_disks.empty()) drop(base, "DataDisk.");
  if (launch.spot_strategy == "SpotAsPriceGo") drop(base, "SpotPriceLimit");
  if (launch.launch_template_id.empty()) return;
  drop(base, "LaunchTemplateName");
  drop(base, "LaunchTemplateVersion");
}

/// The base's tags, numbered with or without gaps, whose keys the launch does not set itself; then the launch's.
std::vector<Tag> all_tags(const Launch& launch) {
  std::vector<Tag> tags;
  for (const auto& [name, key] : launch.base) {
    if (!name.starts_with("Tag.") || !name.ends_with(".Key")) continue;
    const bool set = std::any_of(launch.tags.begin(), launch.tags.end(),
                                 [&wanted = key](const Tag& each) { return each.key == wanted; });
    const auto value = launch.base.find(name.substr(0, name.size() - 3) + "Value");
    if (!set) tags.push_back({key, value == launch.base.end() ? "" : value->second});
  }
  tags.insert(tags.end(), launch.tags.begin(), launch.tags.end());
  return tags;
}

Call base_call(const Client& client, const char* action, const Launch& launch) {
  auto call = call_of(client, kEcs, action, NoRequest{});
  for (const auto& [name, value] : launch.base) call.parameters[name] = value;
  drop_what_members_replace(call.parameters, launch);
  if (!launch.tags.empty()) {
    drop(call.parameters, "Tag.");
    FieldWriter(call.parameters)("Tag", all_tags(launch));
  }
  call.parameters.try_emplace("ClientToken", random_hex());
  return call;
}

}  // namespace

void fields(FieldWriter& to, const NewDisk& disk) {
  to("Category", disk.category)("Size", disk.size_gib)("SnapshotId", disk.snapshot_id)("DiskName", disk.name);
  to("PerformanceLevel", disk.performance_level)("DeleteWithInstance", disk.delete_with_instance);
}

Call run_instances_call(const Client& client, const Launch& launch) {
  auto call = base_call(client, "RunInstances", launch);
  FieldWriter to(call.parameters);
  write_common(to, launch);
  to("LaunchTemplateId", launch.launch_template_id)("AutoReleaseTime", launch.auto_release_time);
  to("Amount", launch.amount)("MinAmount", launch.min_amount);
  return call;
}

Call create_instance_call(const Client& client, const Launch& launch) {
  auto call = base_call(client, "CreateInstance", launch);
  FieldWriter to(call.parameters);
  write_common(to, launch);
  return call;
}

void fields(FieldReader& from, Launched& launched) {
  from("InstanceIdSets", launched.instance_ids)("RequestId", launched.request_id)("OrderId", launched.order_id);
}

Result<Launched> run_instances(Client& client, const Call& call, core::Deadline by) {
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  auto launched = read_value<Launched>(answer->json.root());
  if (launched.instance_ids.empty())
    return failed(*answer, call, core::ErrorCode::bad_reply, "an answer without instance ids");
  return launched;
}

Result<std::string> create_instance(Client& client, const Call& call, core::Deadline by) {
  return ask_for_id(client, call, "InstanceId", by);
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace preemptd::ecs
