#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "cli/host/interruption.h"
#include "cli/session/dry_run.h"
#include "cli/session/ids.h"
#include "cli/session/waiting.h"
#include "cli/terminal/times.h"
#include "config/toml_json.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/catalogue/catalogue.h"
#include "ecs/credentials/sources.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/launch.h"
#include "ecs/lifecycle/lifecycle.h"

/// The verbs that make instances.
namespace preemptd::cli {
namespace {

using core::ErrorCode;

struct LaunchOptions {
  ecs::Launch launch;
  std::optional<std::int64_t> disk_size;
  std::vector<std::string> data_disks;
  std::vector<std::string> tags;
  std::string user_data_file;
  std::string from;
  std::optional<double> price_limit;
  bool spot = false;
  bool no_wait = false;
  bool public_ip = false;
};

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

/// How many a launch asks for.
std::int64_t asked_of(const ecs::Launch& launch) {
  if (launch.amount) return *launch.amount;
  const auto given = in_file(launch, "Amount");
  return given.empty() ? 1 : std::max(1LL, std::atoll(given.c_str()));
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

/// A name in the file that the action does not know is sent all the same, but most likely misspelt.
void doubt_names(CloudSession& session, const ecs::Launch& launch, const char* action) {
  const auto known = ecs::catalogue::find_action(ecs::kEcs, action);
  for (const auto& [name, value] : launch.base) {
    if (!known || ecs::catalogue::find_parameter(*known, name) != nullptr) continue;
    session.out().warning(std::string(action) + " has no parameter " + core::printable(name, 128) + " that we know of");
  }
}

std::string status_of(const ecs::LaunchReport& report, const std::string& id) {
  if (!report.waited) return {};
  const auto& now = statuses_of(*report.waited);
  const auto found = now.find(id);
  return found == now.end() ? std::string() : core::printable(found->second, 32);
}

void show_made(CloudSession& session, const ecs::LaunchReport& report, std::int64_t asked) {
  Table table{{{"INSTANCE"}, {"STATUS"}}, {}, "nothing was made", true};
  for (const auto& id : report.instance_ids) {
    const auto status = status_of(report, id);
    table.rows.push_back(
        {core::printable(id, 128), {status.empty() ? "made" : status, status == "Running" ? Tone::good : Tone::warn}});
  }
  const auto made = static_cast<std::int64_t>(report.instance_ids.size());
  session.out().result(
      {{"instance_ids", report.instance_ids}, {"running", report.all_running()}, {"asked", asked}, {"made", made}},
      table);
  if (made < asked) {
    session.out().warning("only " + std::to_string(made) + " of the " + std::to_string(asked) +
                          " asked for were made, as the minimum given allows");
  }
}

/// As soon as it is known, on stderr: whatever happens afterwards, the ids are not lost.
ecs::LaunchSteps steps_for(CloudSession& session, const LaunchOptions& options, bool public_ip) {
  ecs::LaunchSteps steps;
  steps.public_ip = public_ip;
  steps.until_running = !options.no_wait;
  steps.made = [&session](const std::vector<std::string>& ids) {
    session.out().note("made: " + core::printable(core::join(ids), 4096));
  };
  return steps;
}

/// What nobody does any more once a create gives up on the way.
void say_what_is_left(CloudSession& session, const ecs::LaunchReport& report, bool public_ip) {
  if (report.stage != ecs::LaunchStage::made && report.stage != ecs::LaunchStage::addressed) return;
  const std::string id = core::printable(report.instance_ids.front(), 128);
  const bool no_address = public_ip && report.stage == ecs::LaunchStage::made;
  session.out().note(id + " exists and is not started, and nobody starts it now: " +
                     (no_address ? "preemptctl instance public-ip " + id + ", then " : "") +
                     "preemptctl instance start " + id + "; or give it up: preemptctl instance release " + id);
}

Exit show_launch(CloudSession& session, const ecs::LaunchReport& report, std::int64_t asked, bool public_ip) {
  session.out().progress("");
  if (!report.instance_ids.empty()) show_made(session, report, asked);
  Exit exit = Exit::ok;
  if (report.failure) {
    exit = session.report_failure(*report.failure);
  } else if (report.waited) {
    const std::string late = interrupted() ? "interrupted" : "time ran out";
    exit = report_wait(session, *report.waited,
                       report.stage == ecs::LaunchStage::started ? late + "; what was begun goes on" : late);
  }
  if (exit != Exit::ok) say_what_is_left(session, report, public_ip);
  return exit;
}

/// CreateInstance can be tried; what comes after needs the instance.
Exit dry_create(CloudSession& session, const ecs::Launch& launch, bool public_ip) {
  DryRun dry(session);
  const bool passes = dry.passes(
      "ecs:CreateInstance",
      ecs::create_instance(session.client(), ecs::create_instance_call(session.client(), launch), session.by()));
  if (passes && public_ip) dry.cannot_try("ecs:AllocatePublicIpAddress, which needs the instance");
  if (passes) dry.cannot_try("ecs:StartInstance, which needs the instance");
  return dry.report();
}

Exit run(CloudSession& session, const LaunchOptions& options) {
  const auto launch = launch_from(options);
  if (!launch) {
    session.out().error(launch.error());
    return Exit::failed;
  }
  doubt_names(session, *launch, "RunInstances");
  const Interruption interruption;
  const auto report = ecs::run_and_wait(session.client(), *launch, steps_for(session, options, false), session.by(),
                                        progress_note(session));
  return interruption.end_with(show_launch(session, report, asked_of(*launch), false));
}

Exit create(CloudSession& session, const LaunchOptions& options) {
  const auto launch = launch_from(options);
  if (!launch) {
    session.out().error(launch.error());
    return Exit::failed;
  }
  doubt_names(session, *launch, "CreateInstance");
  const bool public_ip = options.public_ip || launch->bandwidth_out.value_or(0) > 0;
  if (session.options().dry_run) return dry_create(session, *launch, public_ip);
  const Interruption interruption;
  const auto report = ecs::create_and_start(session.client(), *launch, steps_for(session, options, public_ip),
                                            session.by(), progress_note(session));
  return interruption.end_with(show_launch(session, report, 1, public_ip));
}

Exit launch_spot(CloudSession& session, const LaunchOptions& options) {
  LaunchOptions spot = options;
  spot.spot = !options.price_limit;
  return run(session, spot);
}

}  // namespace

std::vector<Command> launch_commands() {
  const char* const how =
      "Waits until all of them run. What was made is named at once, also when a later step fails or somebody "
      "interrupts.\n"
      "With --min-amount fewer than asked for are a success too; a warning, and asked and made in the JSON answer, "
      "say\n"
      "how many. Where the answer was lost the instance may exist: the message says how to find it, and the same "
      "command\n"
      "with the --client-token it prints makes no second one.\n\n"
      "A flag wins over the same thing in --from's file: --data-disk and --security-group over all of the file's,\n"
      "--tag over its tag of that key.";
  CloudOptions making;
  making.takes_client_token = true;
  return {cloud_command<LaunchOptions>("instance run", "Launch instances", how, declare_run, run, making),
          cloud_command<LaunchOptions>("instance create", "Create one instance, start it, and wait until it runs", how,
                                       declare_create, create, making),
          cloud_command<LaunchOptions>("spot launch", "Launch preemptible instances", how, declare_run, launch_spot,
                                       making)};
}

}  // namespace preemptd::cli
