#include "ecs/instances/power.h"

#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/session/ids.h"
#include "cli/session/own_node.h"
#include "cli/session/waiting.h"
#include "core/text.h"
#include "ecs/instances/instance.h"
#include "ecs/lifecycle/lifecycle.h"

/// The verbs that start, stop and restart instances.
namespace preemptd::cli {
namespace {

struct Power {
  std::vector<std::string> ids;
  bool wait = false;
  bool force = false;
  bool keep_charging = false;
  bool stop_charging = false;
  Consent consent;
};

void declare_start(Arguments& arguments, Power& options) {
  arguments.positionals("ID", options.ids, "Instances", true);
  arguments.flag("-w,--wait", options.wait, "Wait until they run");
}

void declare_stop(Arguments& arguments, Power& options) {
  arguments.positionals("ID", options.ids, "Instances", true);
  arguments.flag("-w,--wait", options.wait, "Wait until they are stopped");
  arguments.flag("--force", options.force, "Cut the power; unwritten data is lost");
  arguments.flag("--keep-charging", options.keep_charging,
                 "Keep vCPU, memory and public address, and pay for them: the default");
  arguments.flag(
      "--stop-charging", options.stop_charging,
      "Give vCPU, memory and public address back; the next start may find no stock, and brings another address");
  declare_consent(arguments, options.consent);
}

void declare_reboot(Arguments& arguments, Power& options) {
  arguments.positionals("ID", options.ids, "Instances", true);
  arguments.flag("-w,--wait", options.wait, "Wait until they run again");
  arguments.flag("--force", options.force, "Cut the power instead of shutting down");
  declare_consent(arguments, options.consent);
}

Cell outcome_cell(const ecs::PowerResult& result) {
  if (!result.ok()) return {core::printable(result.code + ": " + result.message), Tone::bad};
  const bool already = !result.status_before.empty() && result.status_before == result.status_now;
  return {already ? "already " + core::printable(result.status_now, 32) : "accepted", Tone::good};
}

/// The outcome of each id as a table; the worst of them is the exit.
Exit show_results(CloudSession& session, const std::vector<ecs::PowerResult>& results) {
  Table table{{{"INSTANCE"}, {"OUTCOME", Align::left, true}}, {}, "nothing to do", true};
  Json json = Json::array();
  Exit worst = Exit::ok;
  for (const auto& each : results) {
    if (!each.ok() && worst != Exit::refused) worst = each.not_found() ? Exit::not_found : Exit::refused;
    json.push_back({{"instance_id", each.id},
                    {"code", each.code},
                    {"message", each.message},
                    {"status_before", each.status_before},
                    {"status_now", each.status_now}});
    table.rows.push_back({core::printable(each.id, 128), outcome_cell(each)});
  }
  session.out().result(json, table);
  return worst;
}

Exit after(CloudSession& session, const Power& options, const ecs::Result<std::vector<ecs::PowerResult>>& results,
           const char* status) {
  session.out().progress("");
  if (!results) return session.report_failure(results.error());
  const auto shown = show_results(session, *results);
  if (shown != Exit::ok || !options.wait) return shown;
  return wait_and_report(session, options.ids, status);
}

Exit start(CloudSession& session, const Power& options) {
  auto started = options.wait ? ecs::start_when_ready(session.client(), options.ids, session.by())
                              : ecs::start_instances(session.client(), options.ids, session.by());
  return after(session, options, started, "Running");
}

/// The addresses that a stop which gives them back would lose: "47.96.0.11 of i-1".
ecs::Result<std::vector<std::string>> addresses_at_stake(CloudSession& session, const std::vector<std::string>& ids) {
  ecs::InstanceQuery query;
  query.ids = ids;
  const auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found) return tl::unexpected(found.error());
  std::vector<std::string> addresses;
  for (const auto& each : *found) {
    for (const auto& address : each.public_ips) addresses.push_back(address + " of " + each.id);
  }
  return addresses;
}

bool agrees_to_stop_charging(CloudSession& session, const Power& options, Exit& refusal) {
  if (options.consent.yes || session.options().show_request || session.options().dry_run) return true;
  const auto addresses = addresses_at_stake(session, options.ids);
  if (!addresses) {
    refusal = session.report_failure(addresses.error());
    return false;
  }
  const std::string lost = addresses->empty() ? "no public address is lost"
                                              : "lost for good: " + core::printable(core::join(*addresses), 512);
  return session.confirmed("Stop " + how_many(options.ids) +
                               " and give vCPU and memory back? The next start may find no "
                               "stock; " +
                               lost + ".",
                           false);
}

Exit stop(CloudSession& session, const Power& options) {
  if (options.keep_charging && options.stop_charging) {
    session.out().error("give only one of --keep-charging and --stop-charging");
    return Exit::failed;
  }
  if (!spares_own_node(session, options.ids, "stop", options.consent)) return Exit::failed;
  if (options.force && !session.confirmed("Cut the power of " + how_many(options.ids) + "?", options.consent.yes))
    return Exit::failed;
  Exit refusal = Exit::failed;
  if (options.stop_charging && !agrees_to_stop_charging(session, options, refusal)) return refusal;
  const ecs::StopOptions wish{options.force, options.stop_charging};
  return after(session, options, ecs::stop_instances(session.client(), options.ids, wish, session.by()), "Stopped");
}

Exit reboot(CloudSession& session, const Power& options) {
  if (!spares_own_node(session, options.ids, "restart", options.consent)) return Exit::failed;
  if (options.force && !session.confirmed("Cut the power of " + how_many(options.ids) + "?", options.consent.yes))
    return Exit::failed;
  return after(session, options, ecs::reboot_instances(session.client(), options.ids, options.force, session.by()),
               "Running");
}

}  // namespace

std::vector<Command> power_commands() {
  return {
      cloud_command<Power>("instance start", "Start instances",
                           "With --wait it also waits while an instance is still being set up.", declare_start, start),
      cloud_command<Power>("instance stop", "Stop instances",
                           "Shuts the system down in good order. vCPU, memory and public address are kept and paid "
                           "for, unless\n--stop-charging gives them back; 'instance show' says which it was.",
                           declare_stop, stop),
      cloud_command<Power>("instance reboot", "Restart instances", "", declare_reboot, reboot)};
}

}  // namespace preemptd::cli
