#include "ecs/storage/storage.h"

#include <utility>

#include "ecs/client/batches.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

constexpr std::optional<std::int64_t> kHundred = 100;
constexpr std::size_t kIdsAtOnce = 100;

/// Every item of a query by ids, however many.
template <typename Item, typename Query>
Result<std::vector<Item>> find(Client& client, const char* action, Paging paging, const char* list, Query query,
                               core::Deadline by) {
  return in_batches<Item>(std::exchange(query.ids, {}), kIdsAtOnce, [&](const std::vector<std::string>& ids) {
    query.ids = ids;
    return ask_all<Item>(client, call_of(client, kEcs, action, query), paging, {list}, by);
  });
}

}  // namespace

void fields(FieldReader& from, Disk& disk) {
  from("DiskId", disk.id)("DiskName", disk.name)("InstanceId", disk.instance_id)("Device", disk.device)("Type",
                                                                                                        disk.type);
  from("Category", disk.category)("Size", disk.size_gib)("Status", disk.status)("ZoneId", disk.zone_id);
  from("DeleteWithInstance", disk.delete_with_instance)("Tags", disk.tags);
}

void fields(FieldWriter& to, const DiskQuery& query) {
  to.json("DiskIds", query.ids)("InstanceId", query.instance_id)("DiskType", query.type)("Status", query.status);
  to("Tag", query.tags)("MaxResults", kHundred);
}

Result<std::vector<Disk>> describe_disks(Client& client, const DiskQuery& query, core::Deadline by) {
  return find<Disk>(client, "DescribeDisks", Paging::token, "Disks", query, by);
}

Result<void> set_delete_with_instance(Client& client, const std::string& disk_id, bool with_instance,
                                      core::Deadline by) {
  return perform(
      client,
      {kEcs, "ModifyDiskAttribute", {{"DiskId", disk_id}, {"DeleteWithInstance", with_instance ? "true" : "false"}}},
      by);
}

Result<std::string> create_snapshot(Client& client, const std::string& disk_id, const std::string& name,
                                    std::optional<std::int64_t> retention_days, core::Deadline by) {
  Call call{kEcs, "CreateSnapshot", {{"DiskId", disk_id}, {"ClientToken", random_hex()}}};
  FieldWriter to(call.parameters);
  to("SnapshotName", name)("RetentionDays", retention_days);
  return ask_for_id(client, call, "SnapshotId", by);
}

void fields(FieldReader& from, Snapshot& snapshot) {
  from("SnapshotId", snapshot.id)("SnapshotName", snapshot.name)("Status", snapshot.status)("Progress",
                                                                                            snapshot.progress);
  from("SourceDiskId", snapshot.disk_id)("SourceDiskSize", snapshot.size_gib)("CreationTime", snapshot.created);
}

void fields(FieldWriter& to, const SnapshotQuery& query) {
  to.json("SnapshotIds", query.ids)("InstanceId", query.instance_id)("DiskId", query.disk_id)("Status", query.status);
  to("MaxResults", kHundred);
}

Result<std::vector<Snapshot>> describe_snapshots(Client& client, const SnapshotQuery& query, core::Deadline by) {
  return find<Snapshot>(client, "DescribeSnapshots", Paging::token, "Snapshots", query, by);
}

Result<std::string> create_image(Client& client, const std::string& instance_id, const std::string& snapshot_id,
                                 const std::string& name, core::Deadline by) {
  auto call = call_of(client, kEcs, "CreateImage", NoRequest{});
  FieldWriter to(call.parameters);
  to("InstanceId", instance_id)("SnapshotId", snapshot_id)("ImageName", name)("ClientToken", random_hex());
  return ask_for_id(client, call, "ImageId", by);
}

void fields(FieldReader& from, Image& image) {
  from("ImageId", image.id)("ImageName", image.name)("Status", image.status)("OSName", image.os_name);
  from("ImageOwnerAlias", image.owner)("Size", image.size_gib)("CreationTime", image.created);
}

void fields(FieldWriter& to, const ImageQuery& query) {
  to.comma("ImageId", query.ids)("ImageName", query.name)("ImageOwnerAlias", query.owner)("Status", query.status);
  to("OSType", query.os)("PageSize", kHundred);
}

Result<std::vector<Image>> describe_images(Client& client, const ImageQuery& query, core::Deadline by) {
  return find<Image>(client, "DescribeImages", Paging::number, "Images", query, by);
}

}  // namespace preemptd::ecs
