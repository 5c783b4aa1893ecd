#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/actions/instance_json.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr std::size_t kMostDisks = 17;  // one for the system and sixteen for data

std::string time_text(core::WallTime time, Moment moment) {
  return time == core::WallTime{} ? std::string() : core::format_utc(moment.shown(time));
}

Json disk_json(const Disk& disk, Moment moment) {
  Json attachments = Json::array();
  if (!disk.instance.empty()) {
    attachments.push_back(
        {{"InstanceId", disk.instance}, {"Device", disk.device}, {"AttachedTime", time_text(disk.attached, moment)}});
  }
  return {{"DiskId", disk.id},
          {"DiskName", disk.name},
          {"Description", disk.description},
          {"RegionId", disk.region},
          {"ZoneId", disk.zone},
          {"Category", disk.category},
          {"PerformanceLevel", disk.category.starts_with("cloud_essd") ? disk.performance_level : ""},
          {"Size", disk.size_gib},
          {"Type", disk.system ? "system" : "data"},
          {"Status", disk.status(moment.now)},
          {"InstanceId", disk.instance},
          {"Device", disk.device},
          {"DiskChargeType", "PostPaid"},
          {"DeleteWithInstance", disk.delete_with_instance},
          {"DeleteAutoSnapshot", disk.delete_auto_snapshot},
          {"EnableAutoSnapshot", disk.auto_snapshot},
          {"Portable", !disk.system},
          {"Encrypted", disk.encrypted},
          {"ImageId", disk.image},
          {"SourceSnapshotId", disk.snapshot},
          {"SerialNumber", disk.id.substr(2)},
          {"CreationTime", time_text(disk.created, moment)},
          {"AttachedTime", time_text(disk.attached, moment)},
          {"DetachedTime", time_text(disk.detached, moment)},
          {"MultiAttach", "Disabled"},
          {"Attachments", {{"Attachment", attachments}}},
          {"MountInstances", {{"MountInstance", Json::array()}}},
          {"OperationLocks", {{"OperationLock", Json::array()}}},
          {"Tags", tags_json(disk.tags)}};
}

/// The disks a DescribeDisks can be about: those it names, those of the instance it names, or all. Newest first.
std::vector<const Disk*> candidates(const World& world, const std::optional<std::vector<std::string>>& ids,
                                    const std::string& instance_id) {
  std::vector<const Disk*> out;
  if (!ids && instance_id.empty()) {
    for (const auto& [sequence, disk] : world.storage.disks.newest_first()) out.push_back(disk);
    return out;
  }
  const Instance* instance = world.fleet.find(instance_id);
  for (const auto& id : ids ? *ids : instance != nullptr ? instance->disks : std::vector<std::string>{}) {
    if (const Disk* disk = world.storage.disks.find(id)) out.push_back(disk);
  }
  std::sort(out.begin(), out.end(), [](const Disk* a, const Disk* b) { return a->sequence > b->sequence; });
  return out;
}

/// What AttachDisk and DetachDisk agree on: both exist, and the instance rests or runs.
struct Pair {
  Instance* instance;
  Disk* disk;
};

ActionResult<Pair> pair_named(World& world, const ParameterReader& read) {
  const Pair pair{world.fleet.find(read.text("InstanceId")), world.storage.disks.find(read.text("DiskId"))};
  if (pair.instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  if (pair.disk == nullptr) return not_found("DiskId", "InvalidDiskId.NotFound");
  const Status status = pair.instance->status;
  if (status != Status::running && status != Status::stopped) {
    return deny(400, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.");
  }
  return pair;
}

}  // namespace

ActionResult<Json> describe_disks(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.json_list("DiskIds");
  const std::string instance = read.text("InstanceId"), zone = read.text("ZoneId"), category = read.text("Category");
  const std::string type = read.word("DiskType", {"all", "system", "data"}, "all", "InvalidDiskType.ValueNotSupported");
  const std::string status =
      read.word("Status", {"In_use", "Available", "Attaching", "Detaching", "Creating", "ReIniting", "All"}, "All",
                "InvalidStatus.ValueNotSupported");
  const auto tags = tags_wanted(read);
  std::vector<const Disk*> matching;
  for (const Disk* disk : candidates(world, ids, instance)) {
    if (disk->region != read.text("RegionId")) continue;
    if ((!instance.empty() && disk->instance != instance) || (!zone.empty() && disk->zone != zone)) continue;
    if ((!category.empty() && category != "all" && disk->category != category) ||
        (type != "all" && disk->system != (type == "system")))
      continue;
    if (status != "All" && disk->status(call.moment.now) != status) continue;
    if (has_tags(disk->tags, tags)) matching.push_back(disk);
  }
  Page page = page_of(read, matching, {10, 500, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i) list.push_back(disk_json(*matching[page.first + i], call.moment));
  page.head["Disks"] = {{"Disk", std::move(list)}};
  return page.head;
}

ActionResult<Json> modify_disk_attribute(World& world, const ActionCall& call) {
  ParameterReader read(call);
  auto ids = read.list("DiskIds");
  if (read.has("DiskId")) ids.push_back(read.text("DiskId"));
  read.flag("DeleteWithInstance");
  read.flag("DeleteAutoSnapshot");
  read.flag("EnableAutoSnapshot");
  if (read.error()) return tl::unexpected(*read.error());
  if (ids.empty()) return missing_parameter("DiskId");
  for (const auto& id : ids) {
    if (world.storage.disks.find(id) == nullptr) return not_found("DiskId", "InvalidDiskId.NotFound");
  }
  for (const auto& id : ids) {
    Disk& disk = *world.storage.disks.find(id);
    disk.name = read.text("DiskName", disk.name);
    disk.description = read.text("Description", disk.description);
    disk.delete_with_instance = read.flag("DeleteWithInstance", disk.delete_with_instance);
    disk.delete_auto_snapshot = read.flag("DeleteAutoSnapshot", disk.delete_auto_snapshot);
    disk.auto_snapshot = read.flag("EnableAutoSnapshot", disk.auto_snapshot);
  }
  return Json::object();
}

ActionResult<Json> create_disk(World& world, const ActionCall& call) {
  ParameterReader read(call);
  Disk disk;
  disk.region = read.text("RegionId");
  disk.zone = read.text("ZoneId");
  disk.name = read.text("DiskName");
  disk.description = read.text("Description");
  disk.category = read.text("DiskCategory", "cloud_essd");
  disk.size_gib = static_cast<int>(read.integer("Size", 40, 1, 65536));
  disk.snapshot = read.text("SnapshotId");
  disk.encrypted = read.flag("Encrypted");
  disk.delete_with_instance = false;
  if (read.error()) return tl::unexpected(*read.error());
  if (disk.zone.empty()) return missing_parameter("ZoneId");
  if (!disk.snapshot.empty() && world.storage.snapshots.find(disk.snapshot) == nullptr)
    return not_found("SnapshotId", "InvalidSnapshotId.NotFound");
  disk.id = world.new_id("d");
  disk.created = call.moment.now;
  disk.moving = "Creating";
  disk.settled = call.moment.now + world.fleet.transition;
  return Json{{"DiskId", world.storage.disks.add(std::move(disk)).id}};
}

ActionResult<Json> delete_disk(World& world, const ActionCall& call) {
  const Disk* disk = world.storage.disks.find(ParameterReader(call).text("DiskId"));
  if (disk == nullptr) return not_found("DiskId", "InvalidDiskId.NotFound");
  if (disk->status(call.moment.now) != "Available") {
    return deny(403, "IncorrectDiskStatus", "The current disk status does not support this operation.");
  }
  world.storage.disks.remove(std::string(disk->id));
  return Json::object();
}

ActionResult<Json> attach_disk(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto pair = pair_named(world, read);
  if (!pair) return tl::unexpected(pair.error());
  const auto& [instance, disk] = *pair;
  const bool delete_with_instance = read.flag("DeleteWithInstance");
  if (read.error()) return tl::unexpected(*read.error());
  if (!disk->instance.empty()) return deny(404, "InvalidDisk.InUse", "The specified disk is in use.");
  if (disk->status(call.moment.now) != "Available")
    return deny(403, "DiskError", "The status of the disk does not support this operation.");
  if (disk->zone != instance->zone)
    return deny(403, "InstanceDiskZoneMismatch", "The disk and the instance are not in the same zone.");
  if (instance->disks.size() >= kMostDisks)
    return deny(403, "InstanceDiskLimitExceeded", "The instance has as many disks as it may have.");
  disk->instance = instance->id;
  disk->device = read.text("Device", std::string("/dev/xvd") + static_cast<char>('a' + instance->disks.size()));
  disk->delete_with_instance = delete_with_instance;
  disk->attached = call.moment.now;
  disk->moving = "Attaching";
  disk->settled = call.moment.now + world.fleet.transition;
  instance->disks.push_back(disk->id);
  return Json::object();
}

ActionResult<Json> detach_disk(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto pair = pair_named(world, read);
  if (!pair) return tl::unexpected(pair.error());
  const auto& [instance, disk] = *pair;
  if (disk->instance != instance->id || disk->status(call.moment.now) != "In_use") {
    return deny(403, "IncorrectDiskStatus", "The current disk status does not support this operation.");
  }
  if (disk->system && instance->status != Status::stopped) {
    return deny(400, "IncorrectInstanceStatus", "A system disk can be detached from a stopped instance only.");
  }
  std::erase(instance->disks, disk->id);
  disk->instance.clear();
  disk->device.clear();
  disk->detached = call.moment.now;
  disk->moving = "Detaching";
  disk->settled = call.moment.now + world.fleet.transition;
  return Json::object();
}

}  // namespace preemptd::simulator
