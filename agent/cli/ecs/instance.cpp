#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/waiting.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"
#include "ecs/instances/power.h"
#include "ecs/lifecycle/lifecycle.h"
#include "ecs/storage/storage.h"

/// The verbs for instances that are there.
namespace preemptd::cli {
namespace {

struct Ids {
  std::vector<std::string> ids;
  bool wait = false;
  bool force = false;
  bool keep_charging = false;
  bool yes = false;
  bool yes_this_node = false;
  bool snapshot = false;
};

void declare_ids(Arguments& arguments, Ids& options) {
  arguments.positionals("ID", options.ids, "Instances, up to 100", true);
}

void declare_start(Arguments& arguments, Ids& options) {
  declare_ids(arguments, options);
  arguments.flag("-w,--wait", options.wait, "Wait until they run");
}

void declare_stop(Arguments& arguments, Ids& options) {
  declare_ids(arguments, options);
  arguments.flag("-w,--wait", options.wait, "Wait until they are stopped");
  arguments.flag("--force", options.force, "Cut the power; unwritten data is lost");
  arguments.flag("--keep-charging", options.keep_charging, "Keep vCPU, memory and public address, and pay for them");
  arguments.flag("-y,--yes", options.yes, "Do not ask");
}

void declare_reboot(Arguments& arguments, Ids& options) {
  declare_ids(arguments, options);
  arguments.flag("--force", options.force, "Cut the power instead of shutting down");
  arguments.flag("-y,--yes", options.yes, "Do not ask");
}

void declare_release(Arguments& arguments, Ids& options) {
  declare_ids(arguments, options);
  arguments.flag("--force", options.force, "Release running ones at once, with the power cut; no shutdown script runs");
  arguments.flag("--snapshot", options.snapshot, "First make a snapshot of every disk, and wait for them");
  arguments.flag("-y,--yes", options.yes, "Do not ask");
  arguments.flag("--yes-this-node", options.yes_this_node, "Said beside --yes: also the instance this runs on");
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

Exit after(CloudSession& session, const Ids& options, ecs::Result<std::vector<ecs::PowerResult>> results,
           const char* status) {
  if (!results) return session.tell(results.error());
  const auto shown = show_results(session, *results);
  if (shown != Exit::ok || !options.wait) return shown;
  return wait_and_tell(session, options.ids, status);
}

Exit start(CloudSession& session, const Ids& options) {
  return after(session, options, ecs::start_instances(session.client(), options.ids, session.by()), "Running");
}

Exit no_such_instance(CloudSession& session, const std::string& id) {
  session.out().error("no instance " + core::printable(id, 64) + " in " + session.client().region());
  return Exit::not_found;
}

std::string how_many(const std::vector<std::string>& ids) {
  return ids.size() == 1 ? ids.front() : std::to_string(ids.size()) + " instances";
}

Exit stop(CloudSession& session, const Ids& options) {
  if (options.force && !session.confirmed("Cut the power of " + how_many(options.ids) + "?", options.yes))
    return Exit::failed;
  const ecs::StopOptions wish{options.force, options.keep_charging};
  return after(session, options, ecs::stop_instances(session.client(), options.ids, wish, session.by()), "Stopped");
}

Exit reboot(CloudSession& session, const Ids& options) {
  if (options.force && !session.confirmed("Cut the power of " + how_many(options.ids) + "?", options.yes))
    return Exit::failed;
  return after(session, options, ecs::reboot_instances(session.client(), options.ids, options.force, session.by()),
               "Running");
}

/// The node a command runs on goes only when that was said twice.
bool spares_this_node(CloudSession& session, const Ids& options) {
  const auto own = session.own_instance_id();
  const bool meant = !own.empty() && std::find(options.ids.begin(), options.ids.end(), own) != options.ids.end();
  if (!meant || (options.yes && options.yes_this_node)) return true;
  session.out().error(own +
                      " is the instance this runs on; to release it all the same, give both --yes and --yes-this-node");
  return false;
}

/// One snapshot of every disk, and all of them finished.
std::optional<ecs::Failure> save_disks(CloudSession& session, const std::vector<std::string>& ids) {
  std::vector<std::string> pending;
  for (const auto& id : ids) {
    ecs::DiskQuery query;
    query.instance_id = id;
    const auto disks = ecs::describe_disks(session.client(), query, session.by());
    if (!disks) return disks.error();
    for (const auto& disk : *disks) {
      const auto made =
          ecs::create_snapshot(session.client(), disk.id, "before-release-of-" + id, std::nullopt, session.by());
      if (!made) return made.error();
      session.out().note("snapshot " + *made + " of " + disk.id + " begun");
      pending.push_back(*made);
    }
  }
  return wait_for_snapshots(session, pending);
}

Exit say_released(CloudSession& session, const std::vector<std::string>& ids) {
  session.out().progress("");
  Table table{{{"RELEASED"}}, {}, "", false};
  if (session.out().for_people()) table.rows.push_back({Cell(how_many(ids) + " released", Tone::good)});
  for (const auto& id : ids) {
    if (!session.out().for_people()) table.rows.push_back({core::printable(id, 128)});
  }
  session.out().result(Json{{"released", ids}}, table);
  return Exit::ok;
}

void say_unknown(CloudSession& session, const std::string& id) {
  session.out().note(core::printable(id, 128) + " is not known; there is nothing to release");
}

Exit tell_release(CloudSession& session, const Ids& options, const ecs::ReleaseReport& report) {
  for (const auto& each : report.refused) session.out().error(core::printable(each));
  for (const auto& each : report.unknown) say_unknown(session, each);
  if (!report.only_stopped.empty())
    session.out().error("told to stop, but not released: " + core::printable(core::join(report.only_stopped)));
  if (report.failure) return session.tell(*report.failure);
  if (!report.refused.empty()) return Exit::refused;
  if (!report.all_gone()) return tell_wait(session, *report.waited);
  auto released = options.ids;
  for (const auto& each : report.unknown) std::erase(released, each);
  return released.empty() ? Exit::not_found : say_released(session, released);
}

/// The ids that are there; the others are said. To the cloud the release of an unknown one is no failure, but whoever
/// misspelt its id goes on paying.
ecs::Result<std::vector<std::string>> known_ones(CloudSession& session, const std::vector<std::string>& ids) {
  if (session.options().show_request) return ids;
  ecs::InstanceQuery query;
  query.ids = ids;
  const auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found) return tl::unexpected(found.error());
  std::vector<std::string> known;
  for (const auto& id : ids) {
    if (std::any_of(found->begin(), found->end(), [&](const auto& each) { return each.id == id; })) {
      known.push_back(id);
    } else {
      say_unknown(session, id);
    }
  }
  return known;
}

Exit release_at_once(CloudSession& session, const Ids& options) {
  const auto ids = known_ones(session, options.ids);
  if (!ids) return session.tell(ids.error());
  if (ids->empty()) return Exit::not_found;
  const auto released = ecs::release_instances(session.client(), *ids, {true, true}, session.by());
  if (!released) return session.tell(released.error());
  const auto outcome = wait_with_progress(session, *ids, "");
  if (!outcome) return session.tell(outcome.error());
  return std::holds_alternative<ecs::Reached>(*outcome) ? say_released(session, *ids) : tell_wait(session, *outcome);
}

Exit release(CloudSession& session, const Ids& options) {
  if (!spares_this_node(session, options)) return Exit::failed;
  const std::string question = "Release " + how_many(options.ids) + " for good, with the disks that go with them?" +
                               (options.snapshot ? "" : " (--snapshot saves their disks first.)");
  if (!session.confirmed(question, options.yes)) return Exit::failed;
  if (options.snapshot) {
    if (const auto failure = save_disks(session, options.ids)) return session.tell(*failure);
  }
  if (options.force) return release_at_once(session, options);
  return tell_release(session, options,
                      ecs::stop_and_release(session.client(), options.ids, session.by(), telling(session)));
}

struct WaitOptions {
  std::vector<std::string> ids;
  std::string status = "Running";
};

void declare_wait(Arguments& arguments, WaitOptions& options) {
  arguments.positionals("ID", options.ids, "Instances", true);
  arguments.choice("--for", {"Running", "Stopped", "gone"}, options.status, "What to wait for");
}

/// Of every id, also when no look succeeded.
void show_statuses(CloudSession& session, const std::vector<std::string>& ids, ecs::Statuses now) {
  for (const auto& id : ids) now.try_emplace(id);
  Table table{{{"INSTANCE"}, {"STATUS"}}, {}, "", true};
  Json json = Json::array();
  for (const auto& [id, status] : now) {
    json.push_back({{"instance_id", id}, {"status", status.empty() ? Json() : Json(status)}});
    table.rows.push_back({core::printable(id, 128), status.empty() ? "not there" : core::printable(status, 32)});
  }
  session.out().result(json, table);
}

Exit wait(CloudSession& session, const WaitOptions& options) {
  const auto outcome = wait_with_progress(session, options.ids, options.status == "gone" ? "" : options.status);
  if (!outcome) return session.tell(outcome.error());
  session.out().progress("");
  show_statuses(session, options.ids, statuses_of(*outcome));
  return std::holds_alternative<ecs::Reached>(*outcome) ? Exit::ok : tell_wait(session, *outcome, "time ran out");
}

struct OneId {
  std::string id;
};
void declare_one(Arguments& arguments, OneId& options) {
  arguments.positional("ID", options.id, "The instance");
}

std::string tags_text(const ecs::Instance& instance) {
  std::string text;
  for (const auto& tag : instance.tags) text += (text.empty() ? "" : ", ") + tag.key + "=" + tag.value;
  return text;
}

Table facts(const ecs::Instance& i) {
  std::string locks;
  for (const auto& lock : i.locks) locks += (locks.empty() ? "" : ", ") + lock.reason;
  const std::vector<std::pair<const char*, std::string>> all{{"instance", i.id},
                                                             {"name", i.name},
                                                             {"status", i.status},
                                                             {"locks", locks},
                                                             {"type", i.type},
                                                             {"vcpu", std::to_string(i.cpu)},
                                                             {"memory", std::to_string(i.memory_mib) + " MiB"},
                                                             {"zone", i.zone_id},
                                                             {"image", i.image_id},
                                                             {"system", i.os_name},
                                                             {"charge type", i.charge_type},
                                                             {"spot", i.spot_strategy},
                                                             {"when taken back", i.interruption_behavior},
                                                             {"created", i.created},
                                                             {"started", i.started},
                                                             {"expires", i.expires >= "2090" ? "never" : i.expires},
                                                             {"released at", i.auto_release},
                                                             {"vpc", i.vpc_id},
                                                             {"vswitch", i.vswitch_id},
                                                             {"private addresses", core::join(i.private_ips)},
                                                             {"public addresses", core::join(i.public_ips)},
                                                             {"elastic address", i.elastic_ip},
                                                             {"security groups", core::join(i.security_group_ids)},
                                                             {"protected", i.deletion_protection ? "yes" : "no"},
                                                             {"tags", tags_text(i)}};
  Table table{{{""}, {"", Align::left, true}}, {}, "", false};
  for (const auto& [name, text] : all) {
    if (!text.empty()) table.rows.push_back({Cell(name, Tone::faint), Cell(core::printable(text))});
  }
  return table;
}

Exit show(CloudSession& session, const OneId& options) {
  ecs::InstanceQuery query;
  query.ids = {options.id};
  const auto answer = session.client().call(ecs::calls_of(session.client(), query).front(), session.by());
  if (!answer) return session.tell(answer.error());
  Exit exit = Exit::not_found;
  answer->json.root().at("Instances").each([&](const ecs::JsonValue& each) {
    if (each.at("InstanceId").text_or_empty() != options.id) return;
    const auto json = core::parse_json(each.raw());
    session.out().result(json ? *json : Json(), facts(ecs::read_value<ecs::Instance>(each)));
    exit = Exit::ok;
  });
  return exit == Exit::ok ? exit : no_such_instance(session, options.id);
}

Exit public_ip(CloudSession& session, const OneId& options) {
  const auto address = ecs::allocate_public_ip(session.client(), options.id, session.by());
  if (!address) return session.tell(address.error());
  session.out().result(Json{{"instance_id", options.id}, {"ip_address", *address}},
                       {{{"ADDRESS"}}, {{Cell(*address)}}, "", false});
  session.out().note("it works after the next start");
  return Exit::ok;
}

struct AutoRelease {
  std::string id;
  std::string at;
  std::optional<core::Millis> in;
  bool cancel = false;
};

void declare_auto_release(Arguments& arguments, AutoRelease& options) {
  arguments.positional("ID", options.id, "The instance");
  arguments.text("--at", "TIME", options.at, "Release it then, as 2026-03-04T05:05Z");
  arguments.duration("--in", options.in, "Release it after this time, 30 minutes to 3 years");
  arguments.flag("--cancel", options.cancel, "Do not release it by itself any more");
}

void say_auto_release(CloudSession& session, const std::string& id, const std::string& at) {
  const std::string when = at.empty() ? "never released by itself" : "released by itself at " + core::printable(at, 64);
  const std::string name = core::printable(id, 128);
  const Table sentence{{{""}}, {{Cell(name + " is " + when)}}, "", false};
  const Table row{{{"INSTANCE"}, {"RELEASED AT"}}, {{name, core::printable(at, 64)}}, "", false};
  session.out().result(Json{{"instance_id", id}, {"auto_release_time", at.empty() ? Json() : Json(at)}},
                       session.out().for_people() ? sentence : row);
}

Exit show_auto_release(CloudSession& session, const std::string& id) {
  ecs::InstanceQuery query;
  query.ids = {id};
  const auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found) return session.tell(found.error());
  if (found->empty()) return no_such_instance(session, id);
  say_auto_release(session, id, found->front().auto_release);
  return Exit::ok;
}

core::Result<std::optional<core::WallTime>> wanted_release(const AutoRelease& options) {
  if (options.cancel) return std::nullopt;
  const auto now = core::system_clock().wall_now();
  const auto wanted = options.in ? std::optional(now + *options.in) : core::parse_utc(options.at);
  if (!wanted) return core::fail(core::ErrorCode::bad_input, "--at wants a UTC time such as 2026-03-04T05:05Z");
  auto instant = ecs::auto_release_instant(*wanted, now);
  if (!instant) return tl::unexpected(instant.error());
  return *instant;
}

Exit auto_release(CloudSession& session, const AutoRelease& options) {
  const int given = (options.at.empty() ? 0 : 1) + (options.in ? 1 : 0) + (options.cancel ? 1 : 0);
  if (given == 0) return show_auto_release(session, options.id);
  if (given > 1) {
    session.out().error("give only one of --at, --in and --cancel");
    return Exit::failed;
  }
  const auto at = wanted_release(options);
  if (!at) {
    session.out().error(at.error());
    return Exit::failed;
  }
  const auto told = ecs::set_auto_release(session.client(), options.id, *at, session.by());
  if (!told) return session.tell(told.error());
  say_auto_release(session, options.id, *at ? core::format_utc(**at) : "");
  const auto asked = options.in ? std::optional<core::WallTime>() : core::parse_utc(options.at);
  if (*at && (!asked || *asked != **at))
    session.out().note("the cloud keeps whole minutes: the next one was asked for");
  return Exit::ok;
}

}  // namespace

std::vector<Command> instance_commands() {
  return {
      cloud_command<OneId>("instance show", "Show one instance", "", declare_one, show),
      cloud_command<Ids>("instance start", "Start instances", "", declare_start, start),
      cloud_command<Ids>(
          "instance stop", "Stop instances",
          "Shuts the system down in good order and stops paying for vCPU and memory, unless told otherwise.",
          declare_stop, stop),
      cloud_command<Ids>("instance reboot", "Restart instances", "", declare_reboot, reboot),
      cloud_command<Ids>("instance release", "Release instances for good",
                         "Stops them in good order, waits, releases them, and waits until they are gone. Disks whose\n"
                         "DeleteWithInstance is true go with them; 'preemptctl disk keep' changes that.",
                         declare_release, release),
      cloud_command<WaitOptions>("instance wait", "Wait for a status of instances",
                                 "Exit 3 when the time runs out, 4 when an instance vanished meanwhile.", declare_wait,
                                 wait),
      cloud_command<OneId>("instance public-ip", "Give an instance a public address", "", declare_one, public_ip),
      cloud_command<AutoRelease>("instance auto-release", "Set, cancel or show when an instance is released by itself",
                                 "", declare_auto_release, auto_release)};
}

}  // namespace preemptd::cli
