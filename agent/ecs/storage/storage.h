#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ecs/client/fields.h"

/// Disks, snapshots and images.
namespace preemptd::ecs {

struct Disk {
  std::string id;
  std::string name;
  std::string instance_id;
  std::string device;
  std::string type;  ///< system, data
  std::string category;
  std::int64_t size_gib = 0;
  std::string status;
  std::string zone_id;
  bool delete_with_instance = false;
  std::vector<Tag> tags;
};
void fields(FieldReader& from, Disk& disk);

struct DiskQuery {
  std::vector<std::string> ids;  ///< any number: asked 100 to a call
  std::string instance_id;
  std::string type;  ///< system, data
  std::string status;
  std::vector<Tag> tags;
};
void fields(FieldWriter& to, const DiskQuery& query);
Result<std::vector<Disk>> describe_disks(Client& client, const DiskQuery& query, core::Deadline by);

/// The fastest way to save data on a notice: false keeps the disk when its instance goes.
Result<void> set_delete_with_instance(Client& client, const std::string& disk_id, bool with_instance,
                                      core::Deadline by);

/// A ClientToken is made. The snapshot's id; it takes minutes, and fails when the instance is stopped meanwhile.
Result<std::string> create_snapshot(Client& client, const std::string& disk_id, const std::string& name,
                                    std::optional<std::int64_t> retention_days, core::Deadline by);

struct Snapshot {
  std::string id;
  std::string name;
  std::string status;    ///< progressing, accomplished, failed
  std::string progress;  ///< "42%"
  std::string disk_id;
  std::int64_t size_gib = 0;
  std::string created;
};
void fields(FieldReader& from, Snapshot& snapshot);
struct SnapshotQuery {
  std::vector<std::string> ids;  ///< any number: asked 100 to a call
  std::string instance_id;
  std::string disk_id;
  std::string status;
};
void fields(FieldWriter& to, const SnapshotQuery& query);
Result<std::vector<Snapshot>> describe_snapshots(Client& client, const SnapshotQuery& query, core::Deadline by);

/// Of an instance, or of a system disk's snapshot. A ClientToken is made. The image's id; it takes minutes.
Result<std::string> create_image(Client& client, const std::string& instance_id, const std::string& snapshot_id,
                                 const std::string& name, core::Deadline by);

struct Image {
  std::string id;
  std::string name;
  std::string status;
  std::string os_name;
  std::string owner;
  std::int64_t size_gib = 0;
  std::string created;
};
void fields(FieldReader& from, Image& image);
struct ImageQuery {
  std::vector<std::string> ids;  ///< any number: asked 100 to a call
  std::string name;
  std::string owner;   ///< system, self, others, marketplace
  std::string status;  ///< "" = Available only
  std::string os;      ///< linux, windows
};
void fields(FieldWriter& to, const ImageQuery& query);
Result<std::vector<Image>> describe_images(Client& client, const ImageQuery& query, core::Deadline by);

}  // namespace preemptd::ecs
