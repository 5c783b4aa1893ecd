#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/session/ids.h"
#include "cli/session/own_node.h"
#include "cli/session/waiting.h"
#include "cli/terminal/times.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"

/// The verbs that show instances, wait for them, and set when they end by themselves.
namespace preemptd::cli {
namespace {

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
  if (!outcome) return session.report_failure(outcome.error());
  session.out().progress("");
  show_statuses(session, options.ids, statuses_of(*outcome));
  return std::holds_alternative<ecs::Reached>(*outcome) ? Exit::ok : report_wait(session, *outcome, "time ran out");
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
  const std::string bandwidth = i.bandwidth_out > 0 ? std::to_string(i.bandwidth_out) + " Mbit/s" : "";
  const std::string mode = i.stopped_mode == "Not-applicable" ? "" : i.stopped_mode;
  const std::vector<std::pair<const char*, std::string>> all{{"instance", i.id},
                                                             {"name", i.name},
                                                             {"status", i.status},
                                                             {"stopped mode", mode},
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
                                                             {"public bandwidth", bandwidth},
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
  if (!answer) return session.report_failure(answer.error());
  Exit exit = Exit::not_found;
  answer->json.root().at("Instances").each([&](const ecs::JsonValue& each) {
    if (each.at("InstanceId").text_or_empty() != options.id) return;
    const auto json = core::parse_json(each.raw());
    session.out().result(json ? *json : Json(), facts(ecs::read_value<ecs::Instance>(each)));
    exit = Exit::ok;
  });
  return exit == Exit::ok ? exit : no_such_instance(session, options.id);
}

struct AutoRelease {
  std::string id;
  std::string at;
  std::optional<core::Millis> in;
  bool cancel = false;
  Consent consent;
};

void declare_auto_release(Arguments& arguments, AutoRelease& options) {
  arguments.positional("ID", options.id, "The instance");
  arguments.text("--at", "TIME", options.at, "Release it then, as 2026-03-04T05:05Z");
  arguments.duration("--in", options.in, "Release it after this time, 30 minutes to 3 years");
  arguments.flag("--cancel", options.cancel, "Do not release it by itself any more");
  declare_consent(arguments, options.consent);
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
  if (!found) return session.report_failure(found.error());
  if (found->empty()) return no_such_instance(session, id);
  say_auto_release(session, id, found->front().auto_release);
  return Exit::ok;
}

/// The answer may be all that was lost: the time that is set now decides.
Exit after_failed_auto_release(CloudSession& session, const std::string& id, std::optional<core::WallTime> at,
                               const ecs::Failure& failure) {
  if (!failure.may_have_happened) return session.report_failure(failure);
  ecs::InstanceQuery query;
  query.ids = {id};
  const auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found || found->empty()) return session.report_failure(failure);
  const auto now = core::parse_utc(found->front().auto_release);
  if (now != at) return session.report_failure(failure);
  session.out().note("the answer was lost, and the time is set");
  say_auto_release(session, id, found->front().auto_release);
  return Exit::ok;
}

core::Result<std::optional<core::WallTime>> wanted_release(const AutoRelease& options) {
  if (options.cancel) return std::nullopt;
  const auto now = core::system_clock().wall_now();
  const auto wanted = options.in ? std::optional(now + *options.in) : time_in(options.at);
  if (!wanted)
    return core::fail(core::ErrorCode::bad_input, "--at wants a UTC time such as 2026-03-04 or 2026-03-04T05:05Z");
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
  if (*at && !spares_own_node(session, {options.id}, "let it be released", options.consent)) return Exit::failed;
  const auto sent = ecs::set_auto_release(session.client(), options.id, *at, session.by());
  if (!sent) return after_failed_auto_release(session, options.id, *at, sent.error());
  say_auto_release(session, options.id, *at ? core::format_utc(**at) : "");
  const auto asked = options.in ? std::optional<core::WallTime>() : time_in(options.at);
  if (*at && (!asked || *asked != **at))
    session.out().note("the cloud keeps whole minutes: the next one was asked for");
  return Exit::ok;
}

}  // namespace

std::vector<Command> instance_commands() {
  return {
      cloud_command<OneId>("instance show", "Show one instance", "", declare_one, show),
      cloud_command<WaitOptions>("instance wait", "Wait for a status of instances",
                                 "Exit 3 when the time runs out, 4 when an instance vanished meanwhile.", declare_wait,
                                 wait),
      cloud_command<AutoRelease>("instance auto-release", "Set, cancel or show when an instance is released by itself",
                                 "", declare_auto_release, auto_release)};
}

}  // namespace preemptd::cli
