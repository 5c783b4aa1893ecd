#include "cli/ecs/launch_options.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/ecs/tags.h"
#include "cli/terminal/times.h"
#include "config/toml_json.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/catalogue/catalogue.h"
#include "ecs/credentials/sources.h"
#include "ecs/instances/attributes.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

void declare_common(Arguments& arguments, LaunchOptions& options) {
  auto& launch = options.launch;
  arguments.text("--from", "FILE", options.from,
                 "Parameters under the API's own names, structured, as JSON or TOML; flags win");
  arguments.text("--image", "ID", launch.image_id, "Image");
  arguments.text("--type", "TYPE", launch.instance_type, "Instance type, such as ecs.g7.large");
  arguments.text("--vswitch", "ID", launch.vswitch_id, "vSwitch, which decides VPC and zone");
  arguments.text("--zone", "ID", launch.zone_id, "Zone");
  arguments.text("--security-group", "ID", launch.security_group_id, "Security group");
  arguments.text("--name", "NAME", launch.name, "Name; name[1,3]x numbers several");
  arguments.text("--host-name", "NAME", launch.host_name, "Host name");
  arguments.text("--key-pair", "NAME", launch.key_pair, "SSH key pair");
  arguments.text("--role", "NAME", launch.ram_role, "RAM role to attach; needs ram:PassRole");
  arguments.text("--user-data", "FILE", options.user_data_file, "File for the first boot, at most 32 KiB");
  arguments.text("--disk-category", "NAME", launch.system_disk.category, "System disk's category, such as cloud_essd");
  arguments.number("--disk-size", "GIB", options.disk_size, 1, 65536, "System disk's size");
  arguments.texts("--data-disk", "GIB[:CATEGORY[:keep]]", options.data_disks,
                  "A data disk; with keep it outlives the instance");
  arguments.number("--bandwidth", "MBIT", launch.bandwidth_out, 0, 100,
                   "Outgoing public bandwidth; above 0 also gives a public address");
  arguments.flag("--spot", options.spot, "Preemptible, at the market's price");
  arguments.price("--price-limit", "PRICE", options.price_limit, "Preemptible, at most this much an hour");
  arguments.number("--spot-duration", "HOURS", launch.spot_duration, 0, 1, "Protected hours of a preemptible one");
  arguments.choice("--when-taken-back", {"Terminate", "Stop"}, launch.interruption_behavior,
                   "What becomes of a preemptible one; fixed for life");
  arguments.number("--period", "N", launch.period, 1, 60, "A subscription for this many periods");
  arguments.choice("--period-unit", {"Month", "Week", "Year"}, launch.period_unit, "Unit of --period");
  arguments.choice("--http-tokens", {"optional", "required"}, launch.http_tokens,
                   "Whether its metadata service wants tokens");
  arguments.texts("--tag", "KEY=VALUE", options.tags, "A tag");
  arguments.flag("--no-wait", options.no_wait, "Start it, but do not wait until it runs");
}

core::Result<core::Json> structured_file(const std::string& path) {
  auto file = ecs::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  if (auto json = core::parse_json(file->text); json && json->is_object()) return json;
  auto json = config::toml_as_json(file->text, path);
  if (!json) return core::fail(ErrorCode::bad_input, "neither a JSON object nor TOML: " + json.error().what, path);
  return json;
}

core::Result<ecs::NewDisk> disk_in(const std::string& word) {
  const auto parts = core::split(word, ':');
  ecs::NewDisk disk;
  char* end = nullptr;
  const std::string size(parts[0]);
  disk.size_gib = std::strtoll(size.c_str(), &end, 10);
  if (size.empty() || *end != '\0' || *disk.size_gib <= 0 || parts.size() > 3 ||
      (parts.size() == 3 && parts[2] != "keep")) {
    return core::fail(ErrorCode::bad_input,
                      "--data-disk wants GIB[:CATEGORY[:keep]], not '" + core::printable(word, 64) + "'");
  }
  if (parts.size() > 1) disk.category = parts[1];
  disk.delete_with_instance = parts.size() < 3;
  return disk;
}

void read_spot(const LaunchOptions& options, ecs::Launch& launch) {
  if (options.spot) launch.spot_strategy = "SpotAsPriceGo";
  if (!options.price_limit) return;
  launch.spot_strategy = "SpotWithPriceLimit";
  launch.spot_price_limit = *options.price_limit;
}

/// The time as the cloud wants it, in whole minutes.
core::Result<std::string> release_time(const std::string& word) {
  const auto time = time_in(word);
  if (!time)
    return core::fail(ErrorCode::bad_input, "--auto-release wants a UTC time such as 2026-03-04 or 2026-03-04T05:05Z");
  const auto instant = ecs::auto_release_instant(*time, core::system_clock().wall_now());
  if (!instant) return tl::unexpected(instant.error());
  return core::format_utc(*instant);
}

/// A parameter of --from's file; empty: not given there.
std::string in_file(const ecs::Launch& launch, const char* name) {
  const auto found = launch.base.find(name);
  return found == launch.base.end() ? std::string() : found->second;
}

bool has_bandwidth(const ecs::Launch& launch) {
  if (launch.bandwidth_out) return *launch.bandwidth_out > 0;
  return std::atoll(in_file(launch, "InternetMaxBandwidthOut").c_str()) > 0;
}

/// What the cloud would refuse, or drop without a word, is refused before anything is asked.
core::Result<void> possible(const LaunchOptions& options, const ecs::Launch& launch) {
  const auto no = [](std::string why) { return core::fail(ErrorCode::bad_input, std::move(why)); };
  const bool spot = !launch.spot_strategy.empty();
  const bool elsewhere = !in_file(launch, "SpotStrategy").empty() || !launch.launch_template_id.empty() ||
                         !in_file(launch, "LaunchTemplateId").empty() || !in_file(launch, "LaunchTemplateName").empty();
  if (spot && launch.period) return no("a preemptible instance cannot be a subscription: leave out --period");
  if (!spot && !elsewhere && (launch.spot_duration || !launch.interruption_behavior.empty()))
    return no("--spot-duration and --when-taken-back are for preemptible instances: give --spot, too");
  if (!launch.period_unit.empty() && !launch.period && in_file(launch, "Period").empty())
    return no("--period-unit wants --period");
  if (launch.period && !launch.auto_release_time.empty())
    return no("a subscription cannot be released by itself: leave out --auto-release");
  if (launch.min_amount && *launch.min_amount > asked_of(launch))
    return no("--min-amount is more than the amount asked for");
  if (options.public_ip && !has_bandwidth(launch))
    return no("--public-ip wants --bandwidth above 0: without bandwidth there is no address");
  return {};
}

}  // namespace

void declare_run(Arguments& arguments, LaunchOptions& options) {
  declare_common(arguments, options);
  arguments.number("-n,--amount", "N", options.launch.amount, 1, 100, "How many");
  arguments.number("--min-amount", "N", options.launch.min_amount, 1, 100, "Be content with this many");
  arguments.text("--template", "ID", options.launch.launch_template_id, "Launch template");
  arguments.text("--auto-release", "TIME", options.launch.auto_release_time,
                 "Release it by itself then, as 2026-03-04T05:05Z");
}

void declare_create(Arguments& arguments, LaunchOptions& options) {
  declare_common(arguments, options);
  arguments.flag("--public-ip", options.public_ip,
                 "Give it a public address before it starts, as --bandwidth does; for bandwidth given by --from");
}

std::int64_t asked_of(const ecs::Launch& launch) {
  if (launch.amount) return *launch.amount;
  const auto given = in_file(launch, "Amount");
  return given.empty() ? 1 : std::max(1LL, std::atoll(given.c_str()));
}

core::Result<ecs::Launch> launch_from(const LaunchOptions& options) {
  constexpr std::size_t kLongestUserData = 32 * 1024;
  ecs::Launch launch = options.launch;
  launch.system_disk.size_gib = options.disk_size;
  launch.tags = tags_in(options.tags);
  if (launch.period) launch.charge_type = "PrePaid";
  read_spot(options, launch);
  if (!launch.auto_release_time.empty()) {
    auto time = release_time(launch.auto_release_time);
    if (!time) return tl::unexpected(time.error());
    launch.auto_release_time = std::move(*time);
  }
  for (const auto& word : options.data_disks) {
    auto disk = disk_in(word);
    if (!disk) return tl::unexpected(disk.error());
    launch.data_disks.push_back(std::move(*disk));
  }
  if (!options.user_data_file.empty()) {
    auto file = ecs::read_key_file(options.user_data_file);
    if (!file) return tl::unexpected(file.error());
    if (file->text.size() > kLongestUserData)
      return core::fail(ErrorCode::bad_input, "longer than 32 KiB", options.user_data_file);
    launch.user_data = std::move(file->text);
  }
  if (!options.from.empty()) {
    auto json = structured_file(options.from);
    if (!json) return tl::unexpected(json.error());
    ecs::flatten(launch.base, "", *json);
  }
  if (auto allowed = possible(options, launch); !allowed) return tl::unexpected(allowed.error());
  return launch;
}

void doubt_names(CloudSession& session, const ecs::Launch& launch, const char* action) {
  const auto known = ecs::catalogue::find_action(ecs::kEcs, action);
  for (const auto& [name, value] : launch.base) {
    if (!known || ecs::catalogue::find_parameter(*known, name) != nullptr) continue;
    session.out().warning(std::string(action) + " has no parameter " + core::printable(name, 128) + " that we know of");
  }
}

}  // namespace preemptd::cli
