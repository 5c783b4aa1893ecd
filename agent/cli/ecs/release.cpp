#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/session/dry_run.h"
#include "cli/session/ids.h"
#include "cli/session/own_node.h"
#include "cli/session/waiting.h"
#include "core/text.h"
#include "ecs/instances/power.h"
#include "ecs/lifecycle/lifecycle.h"
#include "ecs/storage/storage.h"

/// The verb that ends instances.
namespace preemptd::cli {
namespace {

struct Release {
  std::vector<std::string> ids;
  bool force = false;
  bool snapshot = false;
  Consent consent;
};

void declare_release(Arguments& arguments, Release& options) {
  arguments.positionals("ID", options.ids, "Instances", true);
  arguments.flag("--force", options.force, "Release running ones at once, with the power cut; no shutdown script runs");
  arguments.flag("--snapshot", options.snapshot, "First make a snapshot of every disk, and wait for them");
  declare_consent(arguments, options.consent);
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
      session.out().note("snapshot " + core::printable(*made, 64) + " of " + core::printable(disk.id, 64) + " begun");
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

const char* way_out_of(ecs::ReleaseObstacle obstacle) {
  switch (obstacle) {
    case ecs::ReleaseObstacle::deletion_protection:
      return "'preemptctl api ecs ModifyInstanceAttribute --InstanceId ID --DeletionProtection false' ends the "
             "protection";
    case ecs::ReleaseObstacle::subscription:
      return "a subscription ends with its expiry ('preemptctl instance auto-renew ID --to NotRenewal'), or by a "
             "refund in "
             "the console";
    case ecs::ReleaseObstacle::not_settled: return "wait for it: preemptctl instance wait ID; or give --force";
    case ecs::ReleaseObstacle::locked: return "--force releases it with its power cut";
    case ecs::ReleaseObstacle::none: break;
  }
  return "";
}

/// What can never work is said before anything is changed.
Exit refuse(CloudSession& session, const ecs::ReleaseCheck& check) {
  for (const auto& [obstacle, sentence] : check.obstacles)
    session.out().problem({core::printable(sentence, 512), "", "", "", {way_out_of(obstacle)}});
  session.out().note("nothing was changed");
  return Exit::refused;
}

std::vector<std::string> ids_of(const std::vector<ecs::Instance>& instances) {
  std::vector<std::string> ids;
  for (const auto& each : instances) ids.push_back(each.id);
  return ids;
}

std::vector<std::string> running_ones(const std::vector<ecs::Instance>& instances) {
  std::vector<std::string> ids;
  for (const auto& each : instances) {
    if (each.status == "Running") ids.push_back(each.id);
  }
  return ids;
}

/// Every step is asked for with DryRun; the release as it would be once they are stopped.
Exit dry_release(CloudSession& session, const Release& options, const std::vector<ecs::Instance>& there) {
  DryRun dry(session);
  if (options.snapshot) dry.cannot_try("ecs:CreateSnapshot has no dry run");
  const auto running = running_ones(there);
  if (!options.force && !running.empty() &&
      !dry.passes("ecs:StopInstance of " + how_many(running),
                  ecs::stop_instances(session.client(), running, {}, session.by())))
    return dry.report();
  const ecs::ReleaseOptions wish{options.force || !running.empty(), options.force};
  dry.passes("ecs:DeleteInstance of " + how_many(ids_of(there)),
             ecs::release_instances(session.client(), ids_of(there), wish, session.by()));
  return dry.report();
}

void say_only_stopped(CloudSession& session, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  session.out().error("told to stop, but not released: " + core::printable(core::join(ids)));
  session.out().note("they keep their address and are paid for; start them again with preemptctl instance start");
}

Exit report_release(CloudSession& session, const std::vector<std::string>& ids, const ecs::ReleaseReport& report) {
  for (const auto& each : report.refused) session.out().error(core::printable(each));
  for (const auto& each : report.unknown) say_unknown(session, each);
  say_only_stopped(session, report.only_stopped);
  if (report.failure) return session.report_failure(*report.failure);
  if (!report.refused.empty()) return Exit::refused;
  if (report.waited && !report.all_gone()) return report_wait(session, *report.waited);
  auto released = ids;
  for (const auto& each : report.unknown) std::erase(released, each);
  return released.empty() ? Exit::not_found : say_released(session, released);
}

/// Waits out an instance that is just changing its status; the cloud takes no release then.
ecs::Result<void> release_now(CloudSession& session, const std::vector<std::string>& ids) {
  constexpr core::Millis kPause = core::Seconds(5);
  const auto until = core::Deadline::after(core::BootClock::now(), std::chrono::minutes(2)).sooner_of(session.by());
  for (;;) {
    auto released = ecs::release_instances(session.client(), ids, {true, true}, session.by());
    const bool changing =
        !released && released.error().server && released.error().server->is("IncorrectInstanceStatus");
    if (!changing || until.left(core::BootClock::now()) <= kPause || !session.client().wait(kPause)) return released;
  }
}

Exit release_at_once(CloudSession& session, const std::vector<std::string>& ids) {
  const auto released = release_now(session, ids);
  if (!released) return session.report_failure(released.error());
  const auto outcome = wait_with_progress(session, ids, "");
  if (!outcome) return session.report_failure(outcome.error());
  return std::holds_alternative<ecs::Reached>(*outcome) ? say_released(session, ids) : report_wait(session, *outcome);
}

Exit show_requests(CloudSession& session, const Release& options) {
  const auto sent = options.force
                        ? ecs::release_instances(session.client(), options.ids, {true, true}, session.by())
                        : ecs::stop_instances(session.client(), options.ids, {}, session.by()).map([](const auto&) {});
  return sent ? Exit::ok : session.report_failure(sent.error());
}

Exit release(CloudSession& session, const Release& options) {
  if (!spares_own_node(session, options.ids, "release", options.consent)) return Exit::failed;
  if (session.options().show_request) return show_requests(session, options);
  const std::string question = "Release " + how_many(options.ids) + " for good, with the disks that go with them?" +
                               (options.snapshot ? "" : " (--snapshot saves their disks first.)");
  if (!session.confirmed(question, options.consent.yes)) return Exit::failed;
  const auto check = ecs::check_release(session.client(), options.ids, options.force, session.by());
  if (!check) return session.report_failure(check.error());
  if (!check->obstacles.empty()) return refuse(session, *check);
  for (const auto& each : check->unknown) say_unknown(session, each);
  const auto ids = ids_of(check->there);
  if (ids.empty()) return Exit::not_found;
  if (session.options().dry_run) return dry_release(session, options, check->there);
  if (options.snapshot) {
    if (const auto failure = save_disks(session, ids)) return session.report_failure(*failure);
  }
  if (options.force) return release_at_once(session, ids);
  return report_release(session, ids,
                        ecs::stop_and_release(session.client(), ids, session.by(), progress_note(session)));
}

}  // namespace

Command release_command() {
  return cloud_command<Release>(
      "instance release", "Release instances for good",
      "Looks first: where deletion protection, a subscription, a lock or the status stands against it, nothing is\n"
      "changed. Stops them in good order, waits, releases them, and waits until they are gone. Disks whose\n"
      "DeleteWithInstance is true go with them; 'preemptctl disk keep' changes that. A dry run tries every step.",
      declare_release, release);
}

}  // namespace preemptd::cli
