#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ecs/client/fields.h"

namespace preemptd::ecs {

/// A disk to make with an instance.
struct NewDisk {
  std::string category;
  std::optional<std::int64_t> size_gib;
  std::string snapshot_id;
  std::string name;
  std::string performance_level;
  std::optional<bool> delete_with_instance;  ///< the cloud's default for data disks made here is true
};

void fields(FieldWriter& to, const NewDisk& disk);

/// What to launch. Members left as they are are not sent: the cloud, or the launch template, decides.
struct Launch {
  std::string image_id;
  std::string instance_type;
  std::string zone_id;
  std::string security_group_id;
  std::string vswitch_id;
  std::string name;
  std::string host_name;
  std::string description;
  std::string launch_template_id;
  std::string key_pair;
  std::string ram_role;
  std::string user_data;  ///< raw; sent as base64, at most 32 KiB before that
  NewDisk system_disk;
  std::vector<NewDisk> data_disks;
  std::optional<std::int64_t> bandwidth_out;  ///< Mbit/s; RunInstances gives a public address when above 0
  std::string charge_type;                    ///< PostPaid, PrePaid
  std::optional<std::int64_t> period;         ///< PrePaid only
  std::string period_unit;
  std::string spot_strategy;                  ///< SpotAsPriceGo, SpotWithPriceLimit
  std::optional<double> spot_price_limit;     ///< per hour, three decimals
  std::optional<std::int64_t> spot_duration;  ///< protected hours: 0 or 1
  std::string interruption_behavior;          ///< Terminate, Stop; fixed for life
  std::string auto_release_time;              ///< RunInstances only; UTC, whole minutes
  std::string http_tokens;                    ///< optional, required
  std::vector<Tag> tags;
  std::optional<std::int64_t> amount;      ///< RunInstances only: 1 to 100; the cloud's default is 1
  std::optional<std::int64_t> min_amount;  ///< partial success down to this; otherwise all or nothing
  bool dry_run = false;
  /// Anything else, under its wire name; the members above win: data disks and the security group over all of the
  /// base's, a tag over the base's tag of the same key.
  Parameters base;
};

/// The calls, with a fresh ClientToken unless `base` has one: the token is what makes repeating them safe.
Call run_instances_call(const Client& client, const Launch& launch);
Call create_instance_call(const Client& client, const Launch& launch);

/// What RunInstances began. The instances start by themselves; one may still be missing from answers for some seconds.
struct Launched {
  std::vector<std::string> instance_ids;
  std::string request_id;
  std::string order_id;
};
void fields(FieldReader& from, Launched& launched);
Result<Launched> run_instances(Client& client, const Call& call, core::Deadline by);

/// CreateInstance: one instance, which stays Stopped until it is started. Its id.
Result<std::string> create_instance(Client& client, const Call& call, core::Deadline by);

/// Standard base64, as UserData and CommandContent want it.
std::string base64(std::string_view bytes);

}  // namespace preemptd::ecs
