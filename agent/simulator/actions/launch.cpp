#include "simulator/actions/launch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "simulator/api/calendar.h"
#include "simulator/api/tagging.h"
#include "simulator/cloud/digest.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

constexpr std::size_t kUserDataLimit = 32 * 1024;
constexpr int kMostAtOnce = 100;
constexpr int kMostDataDisks = 16;

using Step = ActionResult<void> (*)(World&, const ActionCall&, ParameterReader&, Launch&);

ActionResult<void> read_image(World& world, const ActionCall&, ParameterReader& read, Launch& launch) {
  if (read.has("LaunchTemplateId") || read.has("LaunchTemplateName")) {
    return not_found("launch template", "InvalidLaunchTemplate.NotFound");
  }
  if (!read.has("ImageId") && !read.has("ImageFamily")) return missing_parameter("ImageId");
  const Image* image = nullptr;
  if (read.has("ImageId")) image = world.storage.image(read.text("ImageId"), launch.model.region);
  for (const auto& [sequence, each] : world.storage.images.newest_first()) {
    if (image == nullptr && !read.has("ImageId") && each->family == read.text("ImageFamily")) image = each;
  }
  if (image == nullptr) return not_found("ImageId", "InvalidImageId.NotFound");
  launch.model.image = image->id;
  launch.model.os_name = image->os_name;
  launch.model.os_type = image->os_type;
  return {};
}

ActionResult<void> read_type(World&, const ActionCall&, ParameterReader& read, Launch& launch) {
  if (!read.has("InstanceType")) return missing_parameter("InstanceType");
  launch.model.type = read.text("InstanceType");
  if (find_type(launch.model.type) == nullptr)
    return invalid_parameter("InstanceType", "InvalidInstanceType.ValueNotSupported");
  return {};
}

ActionResult<void> read_place(World& world, const ActionCall& call, ParameterReader& read, Launch& launch) {
  const std::string zone = read.text("ZoneId");
  const Region* region = zone.empty() ? nullptr : region_of_zone(zone);
  if (!zone.empty() && (region == nullptr || region->id != launch.model.region)) {
    return not_found("ZoneId", "InvalidZoneId.NotFound");
  }
  const std::string wanted = read.text("VSwitchId", read.text("NetworkInterface.1.VSwitchId"));
  launch.vswitch = wanted.empty() ? &world.default_vswitch(launch.model.region, zone, call.moment.now)
                                  : world.network.vswitches.find(wanted);
  if (launch.vswitch == nullptr || launch.vswitch->region != launch.model.region) {
    return not_found("VSwitchId", "InvalidVSwitchId.NotFound");
  }
  if (!zone.empty() && launch.vswitch->zone != zone) {
    return deny(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist in the zone.");
  }
  if (launch.vswitch->status(call.moment.now) != "Available") {
    return deny(400, "IncorrectVSwitchStatus",
                "The current status of the virtual switch does not support this operation.");
  }
  launch.model.zone = launch.vswitch->zone;
  launch.model.vswitch = launch.vswitch->id;
  launch.model.vpc = launch.vswitch->vpc;
  return {};
}

ActionResult<void> read_groups(World& world, const ActionCall& call, ParameterReader& read, Launch& launch) {
  auto groups = read.list("SecurityGroupIds", 16);
  if (read.has("SecurityGroupId")) {
    if (!groups.empty())
      return deny(400, "InvalidParameter.Conflict", "SecurityGroupId and SecurityGroupIds cannot be given together.");
    groups = {read.text("SecurityGroupId")};
  }
  if (groups.empty() && read.has("NetworkInterface.1.SecurityGroupId"))
    groups = {read.text("NetworkInterface.1.SecurityGroupId")};
  if (groups.empty()) groups = read.list("NetworkInterface.1.SecurityGroupIds");
  if (groups.empty()) groups = {world.default_group(launch.model.vpc, call.moment.now).id};
  for (const auto& id : groups) {
    const SecurityGroup* group = world.network.groups.find(id);
    if (group == nullptr) return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
    if (group->vpc != launch.model.vpc) {
      return deny(403, "InvalidSecurityGroup.NotInDestinationVpc",
                  "The security group is not in the VPC of the VSwitch.");
    }
  }
  launch.model.security_groups = std::move(groups);
  return {};
}

ActionResult<void> read_price_limit(const ActionCall& call, ParameterReader& read, Launch& launch) {
  const auto limit = read.number("SpotPriceLimit");
  if (launch.model.spot_strategy != "SpotWithPriceLimit") return {};
  if (!limit || *limit <= 0 || std::abs(*limit * 1000 - std::round(*limit * 1000)) > 1e-6) {
    return invalid_parameter("SpotPriceLimit", "InvalidSpotPriceLimit");
  }
  launch.model.spot_price_limit = *limit;
  if (*limit >= spot_price(*find_type(launch.model.type), launch.model.zone, call.moment.now)) return {};
  return deny(400, "InvalidSpotPriceLimit.LowerThanPublicPrice",
              "The specified SpotPriceLimit is lower than the public price.");
}

ActionResult<void> read_spot(World&, const ActionCall& call, ParameterReader& read, Launch& launch) {
  Instance& model = launch.model;
  model.spot_strategy =
      read.word("SpotStrategy", {"NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"}, "NoSpot", "InvalidSpotStrategy");
  if (read.error()) return tl::unexpected(*read.error());
  if (!model.is_spot()) return {};
  if (model.prepaid)
    return deny(400, "InvalidSpotPrepaid", "The specified InstanceChargeType does not support spot instances.");
  if (read.has("SpotDuration") && read.text("SpotDuration").find_first_not_of("0123456") != std::string::npos) {
    return invalid_parameter("SpotDuration", "InvalidSpotDuration");
  }
  model.spot_duration = static_cast<int>(read.integer("SpotDuration", 1, 0, 6));
  model.stop_when_reclaimed = read.word("SpotInterruptionBehavior", {"Terminate", "Stop"}, "Terminate",
                                        "InvalidSpotInterruptionBehavior") == "Stop";
  if (model.stop_when_reclaimed && find_type(model.type)->local_disk) {
    return deny(403, "InvalidSpotInterruptionBehavior.LocalDiskNotSupport",
                "Instances with local disks cannot be stopped when reclaimed.");
  }
  return read_price_limit(call, read, launch);
}

ActionResult<void> read_charge(World&, const ActionCall& call, ParameterReader& read, Launch& launch) {
  const std::string charge = read.text("InstanceChargeType", "PostPaid");
  if (charge != "PostPaid" && charge != "PrePaid")
    return not_found("InstanceChargeType", "InvalidInstanceChargeType.NotFound");
  launch.model.prepaid = charge == "PrePaid";
  if (!launch.model.prepaid) return {};
  const std::string unit =
      read.word("PeriodUnit", {"Month", "Week", "Year"}, "Month", "InvalidPeriodUnit.ValueNotSupported");
  const auto period = read.has("Period") ? read.integer("Period", 0, 1, 60) : 0;
  if (period == 0) return deny(400, "InvalidPeriod", "The specified Period is not valid.");
  launch.model.expires = later_by(call.moment.now, static_cast<int>(period), unit);
  launch.model.renewal.status = read.flag("AutoRenew") ? "AutoRenewal" : "Normal";
  launch.model.renewal.duration = static_cast<int>(read.integer("AutoRenewPeriod", 1, 1, 60));
  return {};
}

ActionResult<void> read_disks(World& world, const ActionCall& call, ParameterReader& read, Launch& launch) {
  const std::vector<std::string> categories{"cloud",          "cloud_efficiency", "cloud_ssd",
                                            "cloud_essd",     "cloud_auto",       "cloud_essd_entry",
                                            "cloud_essd_xc0", "cloud_essd_xc1",   "ephemeral_ssd"};
  Disk system;
  system.system = true;
  system.image = launch.model.image;
  system.category =
      read.word("SystemDisk.Category", categories, "cloud_essd", "InvalidSystemDiskCategory.ValueNotSupported");
  system.size_gib = static_cast<int>(read.integer("SystemDisk.Size", 40, 20, 2048));
  system.name = read.text("SystemDisk.DiskName");
  launch.disks.push_back(system);
  const auto indices = read.indices("DataDisk");
  if (indices.size() > kMostDataDisks) return deny(400, "InvalidDataDisk.LimitExceeded", "Too many data disks.");
  for (const int index : indices) {
    const std::string name = "DataDisk." + std::to_string(index) + ".";
    Disk disk;
    disk.category = read.word(name + "Category", categories, "cloud_essd", "InvalidDataDiskCategory.ValueNotSupported");
    disk.size_gib = static_cast<int>(read.integer(name + "Size", 40, 1, 65536));
    disk.name = read.text(name + "DiskName");
    disk.delete_with_instance = read.flag(name + "DeleteWithInstance", true);
    disk.encrypted = read.flag(name + "Encrypted");
    disk.performance_level = read.text(name + "PerformanceLevel", "PL1");
    disk.snapshot = read.text(name + "SnapshotId");
    if (!disk.snapshot.empty() && world.storage.snapshots.find(disk.snapshot) == nullptr) {
      return not_found("SnapshotId", "InvalidSnapshotId.NotFound");
    }
    launch.disks.push_back(disk);
  }
  for (auto& disk : launch.disks) disk.created = disk.attached = call.moment.now;
  return {};
}

ActionResult<void> read_release_time(World&, const ActionCall& call, ParameterReader& read, Launch& launch) {
  const auto at = read.time("AutoReleaseTime", "InvalidAutoReleaseTime.Malformed");
  if (!at) return {};
  const auto checked = release_time(*at, call.moment);
  if (!checked) return tl::unexpected(checked.error());
  launch.model.auto_release = *checked;
  return {};
}

ActionResult<void> read_rest(World&, const ActionCall&, ParameterReader& read, Launch& launch) {
  Instance& model = launch.model;
  model.name = read.text("InstanceName");
  model.host_name = read.text("HostName");
  model.description = read.text("Description");
  model.key_pair = read.text("KeyPairName");
  model.role = read.text("RamRoleName");
  model.resource_group = read.text("ResourceGroupId");
  model.credit = read.text("CreditSpecification");
  model.deletion_protection = read.flag("DeletionProtection");
  model.bandwidth_out = static_cast<int>(read.integer("InternetMaxBandwidthOut", 0, 0, 100));
  model.bandwidth_in = static_cast<int>(read.integer("InternetMaxBandwidthIn", 10, 0, 200));
  model.internet_charge = read.word("InternetChargeType", {"PayByTraffic", "PayByBandwidth"}, "PayByTraffic");
  model.metadata.enabled =
      read.word("HttpEndpoint", {"enabled", "disabled"}, "enabled", "InvalidHttpEndpoint.NotSupported") == "enabled";
  model.metadata.token_required =
      read.word("HttpTokens", {"optional", "required"}, "optional", "InvalidHttpTokens.NotSupported") == "required";
  model.user_data = read.text("UserData");
  if (!is_base64(model.user_data)) return invalid_parameter("UserData", "InvalidUserData.Base64FormatInvalid");
  if (base64_decode(model.user_data).size() > kUserDataLimit)
    return invalid_parameter("UserData", "InvalidUserData.SizeExceeded");
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  model.tags = std::move(*tags);
  return {};
}

ActionResult<void> read_amount(World& world, const ActionCall&, ParameterReader& read, Launch& launch) {
  const auto wrong = [] { return deny(403, "InvalidParam.Amount", "The specified Amount is not valid."); };
  const auto amount = read.integer("Amount", 1, INT64_MIN, INT64_MAX);
  if (amount < 1 || amount > kMostAtOnce) return wrong();
  const auto least = read.integer("MinAmount", amount, INT64_MIN, INT64_MAX);
  if (least < 1 || least > amount) return wrong();
  launch.suffix = read.flag("UniqueSuffix");
  launch.dry_run = read.flag("DryRun");
  launch.amount = static_cast<int>(amount);
  if (const auto stock = world.knobs.stock.find(launch.model.type); stock != world.knobs.stock.end()) {
    launch.amount = std::min(launch.amount, stock->second);
  }
  if (launch.amount < least) {
    return deny(403, "OperationDenied.NoStock",
                "The requested resource is sold out in the specified zone; try other types of resources or other "
                "regions and zones.");
  }
  if (launch.vswitch->available() < static_cast<std::uint64_t>(launch.amount)) {
    return deny(403, "InvalidVSwitchId.IpInvalid", "The specified VSwitch does not have enough IP addresses.");
  }
  return {};
}

Instance made_from(World& world, const Launch& launch, int number) {
  Instance instance = launch.model;
  instance.id = world.new_id("i");
  instance.name =
      instance.name.empty() ? instance.id : numbered_name(instance.name, number, launch.suffix && launch.amount > 1);
  instance.host_name = instance.host_name.empty() ? "iZ" + instance.id.substr(2) + "Z" : instance.host_name;
  instance.serial = core::to_lower(world.new_request_id());
  instance.network_interface = world.new_id("eni");
  const std::string hex = world.random_hex(6);
  instance.mac = "00:16:3e:" + hex.substr(0, 2) + ":" + hex.substr(2, 2) + ":" + hex.substr(4, 2);
  instance.private_ip = Network::take_address(*launch.vswitch).value_or("");
  return instance;
}

void make_disks(World& world, const Launch& launch, Instance& instance) {
  char letter = 'a';
  for (Disk disk : launch.disks) {
    disk.id = world.new_id("d");
    disk.region = instance.region;
    disk.zone = instance.zone;
    disk.instance = instance.id;
    disk.device = std::string("/dev/xvd") + letter++;
    instance.disks.push_back(world.storage.disks.add(std::move(disk)).id);
  }
}

}  // namespace

std::string numbered_name(const std::string& pattern, int number, bool suffix) {
  int begin = 0, digits = 0, end = 0;
  const auto open = pattern.find('[');
  const bool bracketed =
      open != pattern.npos && std::sscanf(pattern.c_str() + open, "[%4d,%1d]%n", &begin, &digits, &end) == 2 && end > 0;
  if (!bracketed && !suffix) return pattern;
  std::string digits_text = std::to_string(bracketed ? begin + number : number + 1);
  const auto width = static_cast<std::size_t>(bracketed ? digits : 3);
  if (digits_text.size() < width) digits_text.insert(0, width - digits_text.size(), '0');
  if (!bracketed) return pattern + digits_text;
  return pattern.substr(0, open) + digits_text + pattern.substr(open + static_cast<std::size_t>(end));
}

ActionResult<Launch> plan_launch(World& world, const ActionCall& call) {
  ParameterReader read(call);
  Launch launch;
  launch.model.region = read.text("RegionId");
  launch.model.created = call.moment.now;
  constexpr Step kSteps[] = {read_image, read_type,  read_place,        read_groups, read_charge,
                             read_spot,  read_disks, read_release_time, read_rest,   read_amount};
  for (const Step step : kSteps) {
    if (auto done = step(world, call, read, launch); !done) return tl::unexpected(done.error());
    if (read.error()) return tl::unexpected(*read.error());
  }
  return launch;
}

std::vector<std::string> carry_out(World& world, Launch launch, bool start, core::WallTime now) {
  if (const auto stock = world.knobs.stock.find(launch.model.type); stock != world.knobs.stock.end()) {
    stock->second -= launch.amount;
  }
  std::vector<std::string> ids;
  for (int number = 0; number < launch.amount; ++number) {
    Instance instance = made_from(world, launch, number);
    if (start && instance.bandwidth_out > 0) instance.public_ip = world.network.next_public_address();
    make_disks(world, launch, instance);
    ids.push_back(world.fleet.add(std::move(instance), start, now).id);
  }
  return ids;
}

}  // namespace preemptd::simulator
