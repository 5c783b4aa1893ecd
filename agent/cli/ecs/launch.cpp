#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/launch_options.h"
#include "cli/host/interruption.h"
#include "cli/session/dry_run.h"
#include "cli/session/ids.h"
#include "cli/session/waiting.h"
#include "core/text.h"
#include "ecs/lifecycle/lifecycle.h"

/// The verbs that make instances.
namespace preemptd::cli {
namespace {

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
                                       declare_create, create, making)};
}

}  // namespace preemptd::cli
