#include "simulator/cloud/storage.h"

#include <algorithm>

namespace preemptd::simulator {
namespace {

constexpr std::chrono::sys_days kPublished{std::chrono::year(2025) / 6 / 29};

/// "aliyun_3_x64_20G_alibase_20250629.vhd", and as they were called until 2017
/// "ubuntu1404_64_40G_cloudinit_20160727.raw".
bool names_public_image(std::string_view id) {
  const bool made = id.find("_alibase_") != id.npos || id.find("_cloudinit_") != id.npos;
  return made && (id.ends_with(".vhd") || id.ends_with(".raw"));
}

}  // namespace

std::string Disk::status(core::WallTime now) const {
  if (now < settled && !moving.empty()) return moving;
  return instance.empty() ? "Available" : "In_use";
}

std::string Snapshot::status(core::WallTime now) const {
  if (failed) return "failed";
  return now < done ? "progressing" : "accomplished";
}

int Snapshot::percent(core::WallTime now) const {
  if (now >= done || done <= created) return 100;
  return static_cast<int>(100 * (now - created).count() / (done - created).count());
}

void Storage::clear() {
  disks.clear();
  snapshots.clear();
  images.clear();
}

void Storage::add_public_images(const std::string& region) {
  const std::tuple<const char*, const char*, const char*, const char*> published[] = {
      {"aliyun_3_x64_20G_alibase_20250629.vhd", "Alibaba Cloud Linux  3.2104 LTS 64 bit", "Aliyun",
       "acs:alibaba_cloud_linux_3_2104_lts_x64"},
      {"ubuntu_22_04_x64_20G_alibase_20250625.vhd", "Ubuntu  22.04 64 bit", "Ubuntu", "acs:ubuntu_22_04_x64"},
      {"debian_12_10_x64_20G_alibase_20250630.vhd", "Debian  12.10 64 bit", "Debian", "acs:debian_12_10_x64"},
      {"win2022_21H2_x64_dtc_en-us_40G_alibase_20250612.vhd", "Windows Server  2022 Datacenter 64 bit",
       "Windows Server 2022", "acs:windows_server_2022"}};
  for (const auto& [id, os, platform, family] : published) {
    Image image;
    image.id = id;
    image.name = id;
    image.family = family;
    image.region = region;
    image.os_name = os;
    image.platform = platform;
    image.os_type = image.platform.starts_with("Windows") ? "windows" : "linux";
    image.owner = "system";
    image.size_gib = image.os_type == "windows" ? 40 : 20;
    image.created = image.done = kPublished;
    images.add(std::move(image));
  }
}

const Image* Storage::image(const std::string& id, const std::string& region) {
  const Image* known = images.find(id);
  if (known != nullptr && (known->region == region || known->owner == "system")) return known;
  if (known != nullptr || !names_public_image(id)) return nullptr;
  Image fresh;
  fresh.id = fresh.name = id;
  fresh.region = region;
  fresh.os_name = id.substr(0, std::min(id.find("_x64"), id.find("_64")));
  fresh.os_type = id.starts_with("win") ? "windows" : "linux";
  fresh.owner = "system";
  fresh.created = fresh.done = kPublished;
  return &images.add(std::move(fresh));
}

void Storage::disturb(const std::string& instance, core::WallTime now) {
  for (const auto& [sequence, snapshot] : snapshots.newest_first()) {
    if (now >= snapshot->done) continue;
    const Disk* disk = disks.find(snapshot->disk);
    if (disk != nullptr && disk->instance == instance) snapshot->failed = true;
  }
}

void Storage::release(const std::vector<std::string>& attached) {
  for (const auto& id : attached) {
    Disk* disk = disks.find(id);
    if (disk == nullptr) continue;
    disk->instance.clear();
    disk->device.clear();
    if (disk->delete_with_instance) disks.remove(id);
  }
}

}  // namespace preemptd::simulator
