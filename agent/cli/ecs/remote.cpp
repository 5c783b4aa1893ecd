#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/ecs/commands.h"
#include "cli/session/own_node.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/assistant.h"
#include "ecs/instances/attributes.h"

/// The verbs that reach into instances: commands, roles, the metadata switch and the drill.
namespace preemptd::cli {
namespace {

struct Exec {
  std::vector<std::string> ids;
  std::string script;
  std::string stored;
  std::string folder;
  std::string user;
};

void declare_exec(Arguments& arguments, Exec& options) {
  arguments.text("--command", "TEXT", options.script, "The shell script to run");
  arguments.text("--stored", "ID", options.stored, "A command stored in Cloud Assistant, instead of a script");
  arguments.text("--user", "NAME", options.user, "As this user");
  arguments.text("--folder", "PATH", options.folder, "In this folder");
  arguments.positionals("ID", options.ids, "Instances, up to 100", true);
}

std::vector<std::string_view> lines_of(const ecs::CommandResult& result) {
  const auto said = core::trim(result.output);
  return said.empty() ? std::vector<std::string_view>{} : core::split(said, '\n');
}

void show_to_people(Output& out, const ecs::CommandResult& result) {
  out.line(
      out.paint(Tone::strong, core::printable(result.instance_id, 128) + ": " + core::printable(result.status, 64)));
  for (const auto line : lines_of(result)) out.line("  " + core::printable(line));
  if (!result.error.empty()) out.line("  " + core::printable(result.error));
}

/// A row for each line it said; one that said nothing has a row, too.
void add_rows(Table& table, const ecs::CommandResult& result) {
  auto lines = lines_of(result);
  if (lines.empty()) lines.emplace_back();
  for (const auto line : lines) {
    table.rows.push_back({core::printable(result.instance_id, 128), core::printable(result.status, 64),
                          std::to_string(result.exit_code), core::printable(line), core::printable(result.error)});
  }
}

Exit show_results(CloudSession& session, const std::vector<ecs::CommandResult>& results) {
  auto& out = session.out();
  const bool for_people = out.for_people() && out.style().query.empty();
  Json json = Json::array();
  Table table{{{"INSTANCE"}, {"STATUS"}, {"EXIT"}, {"OUTPUT"}, {"ERROR"}}, {}, "", false};
  for (const auto& each : results) {
    json.push_back({{"instance_id", each.instance_id},
                    {"status", each.status},
                    {"exit_code", each.exit_code},
                    {"output", each.output},
                    {"error", each.error}});
    add_rows(table, each);
    if (for_people) show_to_people(out, each);
  }
  if (!for_people) out.result(json, table);
  const bool all_well =
      std::all_of(results.begin(), results.end(), [](const auto& each) { return each.status == "Success"; });
  return all_well && !results.empty() ? Exit::ok : Exit::refused;
}

Exit exec(CloudSession& session, const Exec& options) {
  if (options.script.empty() == options.stored.empty()) {
    session.out().error("give either --command or --stored");
    return Exit::failed;
  }
  ecs::RemoteCommand command;
  command.instance_ids = options.ids;
  command.script = options.script;
  command.command_id = options.stored;
  command.user = options.user;
  command.folder = options.folder;
  const auto invoked = ecs::run_command(session.client(), command, session.by());
  if (!invoked) return session.report_failure(invoked.error());
  const auto asked = static_cast<std::ptrdiff_t>(std::set(options.ids.begin(), options.ids.end()).size());
  for (;;) {
    const auto results = ecs::describe_command_results(session.client(), *invoked, session.by());
    if (!results) return session.report_failure(results.error());
    const auto finished =
        std::count_if(results->begin(), results->end(), [](const auto& each) { return each.finished(); });
    session.out().progress(std::to_string(finished) + " of " + std::to_string(asked) + " finished");
    if (finished >= asked) {
      session.out().progress("");
      return show_results(session, *results);
    }
    if (session.by().passed(core::system_clock().boot_now()) || !session.client().wait(core::Seconds(1))) {
      session.out().progress("");
      show_results(session, *results);
      session.out().error("time ran out; invocation " + core::printable(*invoked, 128) + " goes on");
      return Exit::timed_out;
    }
  }
}

struct Role {
  std::string role;
  std::vector<std::string> ids;
  Consent consent;
};

void declare_role(Arguments& arguments, Role& options) {
  arguments.positional("ROLE", options.role, "The RAM role's name");
  arguments.positionals("ID", options.ids, "Instances, up to 100", true);
  declare_consent(arguments, options.consent);
}

Exit done(CloudSession& session, const std::string& sentence) {
  session.out().result(Json{{"done", sentence}}, {{{""}}, {{Cell(sentence, Tone::good)}}, "", false});
  return Exit::ok;
}

Exit role(CloudSession& session, const Role& options) {
  if (!spares_own_node(session, options.ids, "change", options.consent)) return Exit::failed;
  const auto sent = ecs::attach_ram_role(session.client(), options.ids, options.role, session.by());
  return sent ? done(session, "attached") : session.report_failure(sent.error());
}

struct Metadata {
  ecs::MetadataSwitches switches;
  Consent consent;
};

void declare_metadata(Arguments& arguments, Metadata& options) {
  arguments.positional("ID", options.switches.instance_id, "The instance");
  arguments.choice("--endpoint-switch", {"enabled", "disabled"}, options.switches.http_endpoint,
                   "The service as a whole");
  arguments.choice("--tokens", {"optional", "required"}, options.switches.http_tokens, "Whether it wants tokens");
  declare_consent(arguments, options.consent);
}

Exit metadata(CloudSession& session, const Metadata& options) {
  if (!spares_own_node(session, {options.switches.instance_id}, "change", options.consent)) return Exit::failed;
  const bool blinds = options.switches.http_endpoint == "disabled";
  if (blinds &&
      !session.confirmed(
          "Without its metadata service preemptd on that instance sees a reclaim only through the API. Go on?",
          options.consent.yes)) {
    return Exit::failed;
  }
  const auto sent = ecs::modify_metadata_options(session.client(), options.switches, session.by());
  return sent ? done(session, "changed") : session.report_failure(sent.error());
}

struct Drill {
  ecs::SimulatedEvent event;
  core::Millis in = std::chrono::minutes(10);
  Consent consent;
};

void declare_drill(Arguments& arguments, Drill& options) {
  arguments.positionals("ID", options.event.instance_ids, "Instances", true);
  arguments.text("--event", "TYPE", options.event.type, "The event's type");
  arguments.duration("--in", options.in, "Not before this time has passed");
  arguments.flag("--for-real", options.event.for_real,
                 "The platform really does it: the instance is stopped or released");
  declare_consent(arguments, options.consent);
}

Exit drill(CloudSession& session, const Drill& options) {
  if (options.event.for_real && !spares_own_node(session, options.event.instance_ids, "end", options.consent))
    return Exit::failed;
  if (options.event.for_real &&
      !session.confirmed("The platform will really stop or release these instances. Go on?", options.consent.yes)) {
    return Exit::failed;
  }
  auto event = options.event;
  event.not_before = core::format_utc(core::system_clock().wall_now() + options.in);
  const auto ids = ecs::create_simulated_events(session.client(), event, session.by());
  if (!ids) return session.report_failure(ids.error());
  Table table{{{"EVENT"}}, {}, "no event was made", true};
  for (const auto& id : *ids) table.rows.push_back({Cell(core::printable(id, 128))});
  session.out().result(Json(*ids), table);
  return Exit::ok;
}

}  // namespace

std::vector<Command> remote_commands() {
  CloudOptions making;
  making.takes_client_token = true;
  return {cloud_command<Exec>("command run",
                              "Run a shell script, or a stored command, inside instances and show what it said",
                              "Through Cloud Assistant.", declare_exec, exec, making),
          cloud_command<Role>("instance role", "Attach a RAM role to instances", "", declare_role, role),
          cloud_command<Metadata>("instance metadata", "Switch an instance's metadata service", "", declare_metadata,
                                  metadata),
          cloud_command<Drill>("spot drill", "Let the platform pretend, or really carry out, a reclaim", "",
                               declare_drill, drill)};
}

}  // namespace preemptd::cli
