#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "simulator/cloud/registry.h"

namespace preemptd::simulator {

using Tags = std::map<std::string, std::string>;

struct Disk {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, region, zone;
  std::string category = "cloud_essd", performance_level = "PL1";
  int size_gib = 40;
  bool system = false;
  bool delete_with_instance = true, delete_auto_snapshot = false, auto_snapshot = true, encrypted = false;
  std::string snapshot, image;  ///< what it was made from
  std::string instance;         ///< empty: attached to none
  std::string device;
  core::WallTime created{}, attached{}, detached{};
  core::WallTime settled{};  ///< until then it is `moving`
  std::string moving;        ///< Creating, Attaching, Detaching
  Tags tags;

  std::string status(core::WallTime now) const;  ///< the documented words
};

struct Snapshot {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, region, disk, disk_type;
  int disk_size = 0;
  int retention_days = 0;  ///< 0: for ever
  core::WallTime created{}, done{};
  bool failed = false;  ///< the instance changed state while it was being made
  Tags tags;

  std::string status(core::WallTime now) const;  ///< progressing, accomplished, failed
  int percent(core::WallTime now) const;
};

struct ImageDisk {
  std::string device, snapshot, type;
  int size_gib = 0;
};

struct Image {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, family, description, region, os_name, os_type = "linux", platform = "Aliyun", owner = "self";
  int size_gib = 40;
  core::WallTime created{}, done{};
  std::vector<ImageDisk> disks;
  Tags tags;
  bool hardened_metadata = true;  ///< ImdsSupport v2

  std::string status(core::WallTime now) const { return now < done ? "Creating" : "Available"; }
};

/// Disks, snapshots and images. Their states follow from the time; nothing needs to happen.
struct Storage {
  Registry<Disk> disks;
  Registry<Snapshot> snapshots;
  Registry<Image> images;

  void clear();
  /// The public images every region has.
  void add_public_images(const std::string& region);
  /// Null for an unknown image. Any name of the form of a public image ("…_alibase_….vhd") is one.
  const Image* image(const std::string& id, const std::string& region);

  /// The instance stops or restarts: snapshots in progress of its disks fail.
  void disturb(const std::string& instance, core::WallTime now);
  /// The instance is gone: its disks go with it, or stay, as their DeleteWithInstance says.
  void release(const std::vector<std::string>& disks);
};

}  // namespace preemptd::simulator
