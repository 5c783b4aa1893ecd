#include "cli/spot/likeness.h"

#include <algorithm>

#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"
#include "ecs/storage/storage.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

void fill(std::string& open, const std::string& known) {
  if (open.empty()) open = known;
}

void take_place(ecs::Launch& launch, const ecs::Instance& from) {
  fill(launch.instance_type, from.type);
  if (!launch.vswitch_id.empty() || !launch.zone_id.empty()) return;
  launch.vswitch_id = from.vswitch_id;
  launch.zone_id = from.zone_id;
}

void take_groups(ecs::Launch& launch, const ecs::Instance& from) {
  if (!launch.security_group_id.empty()) return;
  if (from.security_group_ids.size() == 1) launch.security_group_id = from.security_group_ids.front();
  if (from.security_group_ids.size() < 2) return;
  for (std::size_t i = 0; i < from.security_group_ids.size(); ++i)
    launch.base.try_emplace("SecurityGroupIds." + std::to_string(i + 1), from.security_group_ids[i]);
}

void take_market(ecs::Launch& launch, const ecs::Instance& from) {
  fill(launch.interruption_behavior, from.interruption_behavior);
  const bool chosen = launch.spot_strategy == "SpotWithPriceLimit" || launch.spot_price_limit;
  if (chosen || !from.is_spot()) return;
  launch.spot_strategy = from.spot_strategy;
  if (from.spot_strategy == "SpotWithPriceLimit") launch.spot_price_limit = from.spot_price_limit;
}

void take_tags(ecs::Launch& launch, const ecs::Instance& from) {
  for (const auto& tag : from.tags) {
    const auto same = [&](const ecs::Tag& own) { return own.key == tag.key; };
    const bool system = tag.key.starts_with("acs:") || tag.key.starts_with("aliyun");
    if (!system && std::none_of(launch.tags.begin(), launch.tags.end(), same)) launch.tags.push_back(tag);
  }
}

ecs::Result<ecs::Instance> find(CloudSession& session, const std::string& id) {
  const auto wanted = id == "self" ? session.own_instance_id() : id;
  if (wanted.empty()) return ecs::failed(ErrorCode::bad_input, "this is no instance of the cloud", "--like self");
  ecs::InstanceQuery query;
  query.ids = {wanted};
  auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found) return tl::unexpected(found.error());
  if (found->empty())
    return ecs::failed(ErrorCode::bad_input, "there is no such instance in this region", "--like " + wanted);
  return std::move(found->front());
}

ecs::Result<void> take_system_disk(CloudSession& session, const std::string& id, ecs::Launch& launch) {
  ecs::DiskQuery query;
  query.instance_id = id;
  query.type = "system";
  const auto disks = ecs::describe_disks(session.client(), query, session.by());
  if (!disks) return tl::unexpected(disks.error());
  if (disks->empty()) return {};
  fill(launch.system_disk.category, disks->front().category);
  if (!launch.system_disk.size_gib) launch.system_disk.size_gib = disks->front().size_gib;
  return {};
}

}  // namespace

ecs::Result<void> make_like(CloudSession& session, const std::string& id, ecs::Launch& launch) {
  const auto from = find(session, id);
  if (!from) return tl::unexpected(from.error());
  fill(launch.image_id, from->image_id);
  fill(launch.key_pair, from->key_pair);
  take_place(launch, *from);
  take_groups(launch, *from);
  take_market(launch, *from);
  take_tags(launch, *from);
  if (launch.ram_role.empty()) {
    auto role = ecs::ram_role_of(session.client(), from->id, session.by());
    if (!role) return tl::unexpected(role.error());
    launch.ram_role = std::move(*role);
  }
  return take_system_disk(session, from->id, launch);
}

}  // namespace preemptd::cli
