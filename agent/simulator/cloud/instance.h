#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace preemptd::simulator {

/// The documented states; a released instance is in none of them, it is gone.
enum class Status { pending, starting, running, stopping, stopped };
std::string_view name_of(Status status);  // "Pending", …

/// A reclaim that was announced: both signals name `at`, and at that instant the cloud acts.
struct Reclaim {
  core::WallTime at;
  bool stop = false;                      ///< stop and keep; else release
  bool in_metadata = true;                ///< instance/spot/termination-time answers
  bool in_api = true;                     ///< the Recycling lock shows
  std::optional<core::Seconds> comeback;  ///< started again this long after it stopped
};

/// A system event that is really carried out, at its time.
struct Maintenance {
  core::WallTime at;
  bool reboot = false;  ///< else stop
};

struct MetadataOptions {
  bool enabled = true;
  bool token_required = false;
  bool tags = false;
};

struct AutoRenewal {
  std::string status = "Normal";  ///< AutoRenewal, Normal, NotRenewal
  int duration = 1;
  std::string unit = "Month";
};

/// What pay-as-you-go instances show as ExpiredTime.
inline constexpr core::WallTime kNeverExpires =
    std::chrono::sys_days(std::chrono::year(2099) / 12 / 31) + std::chrono::hours(15) + std::chrono::minutes(59);

struct Instance {
  std::string id;
  std::uint64_t sequence = 0;  ///< order of creation
  std::uint64_t turn = 0;      ///< counts state changes; what was planned before the last one is void
  Status status = Status::pending;

  std::string name, host_name, description;
  std::string region, zone, type, image, os_name = "Alibaba Cloud Linux  3.2104 LTS 64 bit", os_type = "linux";
  core::WallTime created{}, started{};
  std::optional<core::WallTime> expires;  ///< subscriptions only
  std::optional<core::WallTime> auto_release;
  bool prepaid = false;

  std::string spot_strategy = "NoSpot";
  double spot_price_limit = 0;
  int spot_duration = 1;
  bool stop_when_reclaimed = false;  ///< SpotInterruptionBehavior=Stop
  std::optional<Reclaim> reclaim;
  std::optional<Maintenance> maintenance;

  bool stop_charging = false;  ///< stopped in economical mode
  bool deletion_protection = false;
  std::string vpc, vswitch, private_ip, mac, network_interface, public_ip;
  bool public_ip_due = false;  ///< the address was given back in economical mode; the next start brings another
  int bandwidth_in = 10, bandwidth_out = 0;
  std::string internet_charge = "PayByTraffic";
  std::vector<std::string> security_groups;
  std::vector<std::string> disks;

  std::string serial, key_pair, resource_group, user_data, role, credit;
  std::map<std::string, std::string> tags;
  MetadataOptions metadata;
  AutoRenewal renewal;
  std::vector<std::string> locks;  ///< reasons besides Recycling

  bool is_spot() const { return spot_strategy != "NoSpot"; }
  bool locked_for_security() const;
};

}  // namespace preemptd::simulator
