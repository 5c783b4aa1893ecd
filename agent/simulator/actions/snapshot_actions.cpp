#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/actions/instance_json.h"
#include "simulator/api/dry_run.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/api/tagging.h"
#include "simulator/cloud/lists.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr int kSnapshotSteps = 3;  // a snapshot or an image takes so many state transitions

Json snapshot_json(const Snapshot& snapshot, Moment moment) {
  return {{"SnapshotId", snapshot.id},
          {"SnapshotName", snapshot.name},
          {"Description", snapshot.description},
          {"RegionId", snapshot.region},
          {"Status", snapshot.status(moment.now)},
          {"Progress", std::to_string(snapshot.percent(moment.now)) + "%"},
          {"SourceDiskId", snapshot.disk},
          {"SourceDiskSize", std::to_string(snapshot.disk_size)},
          {"SourceDiskType", snapshot.disk_type},
          {"SnapshotType", "user"},
          {"Category", "standard"},
          {"Usage", "none"},
          {"Available", snapshot.status(moment.now) == "accomplished"},
          {"Encrypted", false},
          {"InstantAccess", false},
          {"RetentionDays", snapshot.retention_days},
          {"CreationTime", core::format_utc(moment.shown(snapshot.created))},
          {"LastModifiedTime", core::format_utc(moment.shown(snapshot.created))},
          {"Tags", tags_json(snapshot.tags)}};
}

Json image_json(const Image& image, Moment moment) {
  Json mappings = Json::array();
  for (const auto& disk : image.disks) {
    mappings.push_back({{"Device", disk.device},
                        {"SnapshotId", disk.snapshot},
                        {"Type", disk.type},
                        {"Size", std::to_string(disk.size_gib)}});
  }
  const bool done = moment.now >= image.done;
  return {{"ImageId", image.id},
          {"ImageName", image.name},
          {"ImageFamily", image.family},
          {"Description", image.description},
          {"OSName", image.os_name},
          {"OSNameEn", image.os_name},
          {"OSType", image.os_type},
          {"Platform", image.platform},
          {"Architecture", "x86_64"},
          {"Size", image.size_gib},
          {"Status", image.status(moment.now)},
          {"Progress", done ? "100%" : "50%"},
          {"Usage", "none"},
          {"ImageOwnerAlias", image.owner},
          {"CreationTime", core::format_utc(moment.shown(image.created))},
          {"IsSupportCloudinit", true},
          {"IsSupportIoOptimized", true},
          {"IsPublic", image.owner == "system"},
          {"Features", {{"ImdsSupport", image.hardened_metadata ? "v2" : "v1"}, {"NvmeSupport", "supported"}}},
          {"DiskDeviceMappings", {{"DiskDeviceMapping", std::move(mappings)}}},
          {"Tags", tags_json(image.tags)}};
}

ActionResult<Snapshot*> new_snapshot(World& world, const std::string& disk_id, Moment moment) {
  const Disk* disk = world.storage.disks.find(disk_id);
  if (disk == nullptr) return not_found("DiskId", "InvalidDiskId.NotFound");
  const std::string status = disk->status(moment.now);
  if (status != "In_use" && status != "Available") {
    return deny(403, "IncorrectDiskStatus", "The current disk status does not support this operation.");
  }
  Snapshot snapshot;
  snapshot.id = world.new_id("s");
  snapshot.region = disk->region;
  snapshot.disk = disk->id;
  snapshot.disk_type = disk->system ? "system" : "data";
  snapshot.disk_size = disk->size_gib;
  snapshot.created = moment.now;
  snapshot.done = moment.now + kSnapshotSteps * world.fleet.transition;
  return &world.storage.snapshots.add(std::move(snapshot));
}

/// The disks of the image, from the first of the three modes that is given.
ActionResult<std::vector<ImageDisk>> image_disks(World& world, ParameterReader& read, Moment moment) {
  std::vector<ImageDisk> out;
  if (read.has("InstanceId")) {
    const Instance* instance = world.fleet.find(read.text("InstanceId"));
    if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
    if (instance->status != Status::running && instance->status != Status::stopped) return wrong_status();
    for (const auto& id : instance->disks) {
      const auto snapshot = new_snapshot(world, id, moment);
      if (!snapshot) return tl::unexpected(snapshot.error());
      out.push_back(
          {world.storage.disks.find(id)->device, (*snapshot)->id, (*snapshot)->disk_type, (*snapshot)->disk_size});
    }
    return out;
  }
  std::vector<std::string> sources;
  for (const int index : read.indices("DiskDeviceMapping"))
    sources.push_back(read.text("DiskDeviceMapping." + std::to_string(index) + ".SnapshotId"));
  if (sources.empty() && read.has("SnapshotId")) sources.push_back(read.text("SnapshotId"));
  if (sources.empty()) return missing_parameter("InstanceId");
  for (const auto& id : sources) {
    const Snapshot* snapshot = world.storage.snapshots.find(id);
    if (snapshot == nullptr) return not_found("SnapshotId", "InvalidSnapshotId.NotFound");
    if (snapshot->status(moment.now) != "accomplished")
      return deny(403, "IncorrectSnapshotStatus", "The snapshot is not ready.");
    out.push_back({"/dev/xvda", id, snapshot->disk_type, snapshot->disk_size});
  }
  return out;
}

}  // namespace

ActionResult<Json> create_snapshot(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto days = read.integer("RetentionDays", 0, 1, 65536);
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  if (read.error()) return tl::unexpected(*read.error());
  const auto snapshot = new_snapshot(world, read.text("DiskId"), call.moment);
  if (!snapshot) return tl::unexpected(snapshot.error());
  (*snapshot)->name = read.text("SnapshotName");
  (*snapshot)->description = read.text("Description");
  (*snapshot)->retention_days = static_cast<int>(days);
  (*snapshot)->tags = std::move(*tags);
  return Json{{"SnapshotId", (*snapshot)->id}};
}

ActionResult<Json> describe_snapshots(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.json_list("SnapshotIds");
  const std::string disk = read.text("DiskId"), instance = read.text("InstanceId"), name = read.text("SnapshotName");
  const std::string status =
      read.word("Status", {"progressing", "accomplished", "failed", "all"}, "all", "InvalidStatus.ValueNotSupported");
  const auto tags = tags_wanted(read);
  std::vector<const Snapshot*> matching;
  for (const auto& [sequence, snapshot] : world.storage.snapshots.newest_first()) {
    const Disk* source = world.storage.disks.find(snapshot->disk);
    if (snapshot->region != read.text("RegionId") || (ids && !contains(*ids, snapshot->id))) continue;
    if ((!disk.empty() && snapshot->disk != disk) || (!name.empty() && !matches_wildcard(name, snapshot->name)))
      continue;
    if (!instance.empty() && (source == nullptr || source->instance != instance)) continue;
    if (status != "all" && snapshot->status(call.moment.now) != status) continue;
    if (has_tags(snapshot->tags, tags)) matching.push_back(snapshot);
  }
  Page page = page_of(read, matching, {10, 100, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(snapshot_json(*matching[page.first + i], call.moment));
  page.head["Snapshots"] = {{"Snapshot", std::move(list)}};
  return page.head;
}

/// A snapshot that is not there is no error.
ActionResult<Json> delete_snapshot(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const std::string id = read.text("SnapshotId");
  const bool force = read.flag("Force");
  if (read.error()) return tl::unexpected(*read.error());
  for (const auto& [sequence, image] : world.storage.images.newest_first()) {
    const bool used = std::any_of(image->disks.begin(), image->disks.end(),
                                  [&](const ImageDisk& disk) { return disk.snapshot == id; });
    if (used && !force) return deny(403, "SnapshotCreatedImage", "The snapshot has been used to create an image.");
  }
  for (const auto& [sequence, disk] : world.storage.disks.newest_first()) {
    if (disk->snapshot == id && !force)
      return deny(403, "SnapshotCreatedDisk", "The snapshot has been used to create a disk.");
  }
  world.storage.snapshots.remove(id);
  return Json::object();
}

ActionResult<Json> create_image(World& world, const ActionCall& call) {
  ParameterReader read(call);
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  const bool dry_run = read.flag("DryRun");
  const std::string name = read.text("ImageName");
  if (read.error()) return tl::unexpected(*read.error());
  for (const auto& [sequence, other] : world.storage.images.newest_first()) {
    if (!name.empty() && other->name == name)
      return deny(400, "InvalidImageName.Duplicated", "The specified ImageName has already been used.");
  }
  if (dry_run) return dry_run_passed();
  auto disks = image_disks(world, read, call.moment);
  if (!disks) return tl::unexpected(disks.error());
  Image image;
  image.id = world.new_id("m");
  image.name = name.empty() ? image.id : name;
  image.family = read.text("ImageFamily");
  image.description = read.text("Description");
  image.region = read.text("RegionId");
  const Instance* source = world.fleet.find(read.text("InstanceId"));
  image.os_name = source != nullptr ? source->os_name : "Customized Linux";
  image.created = call.moment.now;
  image.done = call.moment.now + kSnapshotSteps * world.fleet.transition;
  for (const auto& disk : *disks) {
    if (disk.type == "system") image.size_gib = disk.size_gib;
  }
  image.disks = std::move(*disks);
  image.tags = std::move(*tags);
  return Json{{"ImageId", world.storage.images.add(std::move(image)).id}};
}

ActionResult<Json> describe_images(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.comma_list("ImageId");
  const auto states = read.comma_list("Status").value_or(std::vector<std::string>{"Available"});
  const std::string owner = read.word("ImageOwnerAlias", {"system", "self", "others", "marketplace"}, "");
  const std::string name = read.text("ImageName"), family = read.text("ImageFamily"), os = read.text("OSType");
  const auto tags = tags_wanted(read);
  std::vector<const Image*> matching;
  for (const auto& id : ids.value_or(std::vector<std::string>{})) world.storage.image(id, read.text("RegionId"));
  for (const auto& [sequence, image] : world.storage.images.newest_first()) {
    if ((image->region != read.text("RegionId") && image->owner != "system") || (ids && !contains(*ids, image->id)))
      continue;
    if ((!owner.empty() && image->owner != owner) || (!name.empty() && !matches_wildcard(name, image->name))) continue;
    if ((!family.empty() && image->family != family) || (!os.empty() && image->os_type != core::to_lower(os))) continue;
    if (!contains(states, "ALL") && !contains(states, image->status(call.moment.now))) continue;
    if (has_tags(image->tags, tags)) matching.push_back(image);
  }
  Page page = page_of(read, matching, {1, 100, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(image_json(*matching[page.first + i], call.moment));
  page.head.erase("NextToken");
  page.head["RegionId"] = read.text("RegionId");
  page.head["Images"] = {{"Image", std::move(list)}};
  return page.head;
}

ActionResult<Json> delete_image(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const Image* image = world.storage.images.find(read.text("ImageId"));
  if (image == nullptr) return not_found("ImageId", "InvalidImageId.NotFound");
  if (image->owner != "self") return deny(403, "OperationDenied", "Only one's own images can be deleted.");
  const bool force = read.flag("Force");
  if (read.error()) return tl::unexpected(*read.error());
  const auto& instances = world.fleet.in_region(image->region);
  const bool used = std::any_of(instances.begin(), instances.end(),
                                [&](const auto& entry) { return entry.second->image == image->id; });
  if (used && !force) return deny(403, "ImageUsedByInstance", "The image is used by instances.");
  world.storage.images.remove(std::string(image->id));
  return Json::object();
}

}  // namespace preemptd::simulator
