#include "ecs/lifecycle/lifecycle.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"

namespace preemptd::ecs {
namespace {

constexpr core::Millis kRetryWhenReady = core::Seconds(5);
constexpr core::Millis kLookAtExpiry = core::Seconds(2);
constexpr core::Millis kLongestForExpiry = core::Seconds(60);

void say(const ProgressCallback& progress, const std::string& step) {
  if (progress) progress(step, {});
}

/// One wait of a workflow; false when the workflow is over.
template <typename Report>
bool wait_for(Client& client, Report& report, const std::vector<std::string>& ids, const std::string& status,
              core::Deadline by, const ProgressCallback& progress) {
  const std::string step = status.empty() ? "waiting until they are gone" : "waiting for " + status;
  say(progress, step);
  auto waited = wait_for_status(client, ids, status, by, [&](const Statuses& now) {
    if (progress) progress(step, now);
  });
  if (!waited) {
    report.failure = std::move(waited.error());
    return false;
  }
  report.waited = std::move(*waited);
  return std::holds_alternative<Reached>(*report.waited);
}

template <typename Report, typename Value>
bool done(Report& report, Result<Value>& outcome) {
  if (!outcome) report.failure = std::move(outcome.error());
  return outcome.has_value();
}

bool is_being_set_up(const Failure& failure) {
  return failure.server &&
         (failure.server->is("IncorrectInstanceStatus.Initializing") || failure.server->is("InstanceNotReady"));
}

/// Asks, and goes on asking while the cloud says that the instances are not ready for it yet.
template <typename Ask>
auto when_ready(Client& client, core::Deadline by, const Ask& ask) {
  for (;;) {
    auto sent = ask();
    if (sent || !is_being_set_up(sent.error())) return sent;
    if (by.left(client.clock().boot_now()) <= kRetryWhenReady || !client.wait(kRetryWhenReady)) return sent;
  }
}

void set_made(LaunchReport& report, std::vector<std::string> ids, LaunchStage stage, const LaunchSteps& steps) {
  report.instance_ids = std::move(ids);
  report.stage = stage;
  if (steps.made) steps.made(report.instance_ids);
}

/// The ids that stop; the others are told apart in the report.
std::vector<std::string> stopping(const std::vector<PowerResult>& results, ReleaseReport& report) {
  std::vector<std::string> ids;
  for (const auto& each : results) {
    if (each.ok()) {
      ids.push_back(each.id);
    } else if (each.not_found()) {
      report.unknown.push_back(each.id);
    } else {
      report.refused.push_back(each.id + ": " + each.code + ": " + each.message);
    }
  }
  return ids;
}

/// Waits until all that are still there are stopped, and takes the others out of `ids`; false when that does not come
/// about.
bool wait_for_stopped(Client& client, ReleaseReport& report, std::vector<std::string>& ids, core::Deadline by,
                      const ProgressCallback& progress) {
  while (!ids.empty() && !wait_for(client, report, ids, "Stopped", by, progress)) {
    const auto* vanished = report.failure ? nullptr : std::get_if<Vanished>(&*report.waited);
    if (vanished == nullptr) return false;
    std::erase_if(ids, [&](const std::string& id) {
      return std::find(vanished->ids.begin(), vanished->ids.end(), id) != vanished->ids.end();
    });
  }
  return true;
}

/// Whether an ExpiredTime lies ahead, or cannot be read.
bool is_ahead(const std::string& expires, core::WallTime now) {
  const auto at = core::parse_utc(expires);
  return !at || now < *at;
}

std::string expiry_of(Client& client, const std::string& id, core::Deadline by) {
  InstanceQuery query;
  query.ids = {id};
  const auto found = describe_instances(client, query, by);
  return found && !found->empty() ? found->front().expires : std::string();
}

Renewal renew_one(Client& client, const Instance& instance, std::int64_t period, const std::string& unit,
                  core::Deadline by) {
  Renewal renewal{instance.id, instance.expires, instance.expires, std::nullopt};
  if (auto renewed = renew_instance(client, instance.id, period, unit, by); !renewed) {
    renewal.failure = std::move(renewed.error());
    if (is_dry_run_passed(*renewal.failure)) return renewal;
  }
  if (renewal.failure && !renewal.failure->may_have_happened) {
    if (auto now = expiry_of(client, instance.id, by); !now.empty()) renewal.expires_after = std::move(now);
    return renewal;
  }
  const auto until = core::Deadline::after(client.clock().boot_now(), kLongestForExpiry).sooner_of(by);
  while (!renewal.moved() && !until.passed(client.clock().boot_now())) {
    if (auto now = expiry_of(client, instance.id, until); !now.empty()) renewal.expires_after = std::move(now);
    if (!renewal.moved() && !client.wait(kLookAtExpiry)) break;
  }
  return renewal;
}

}  // namespace

Result<std::vector<PowerResult>> start_when_ready(Client& client, const std::vector<std::string>& ids,
                                                  core::Deadline by) {
  return when_ready(client, by, [&] { return start_instances(client, ids, by); });
}

LaunchReport create_and_start(Client& client, const Launch& launch, const LaunchSteps& steps, core::Deadline by,
                              const ProgressCallback& progress) {
  LaunchReport report;
  say(progress, "creating");
  auto id = create_instance(client, create_instance_call(client, launch), by);
  if (!done(report, id)) return report;
  set_made(report, {*id}, LaunchStage::made, steps);
  if (!wait_for(client, report, report.instance_ids, "Stopped", by, progress)) return report;
  if (steps.public_ip) {
    say(progress, "asking for a public address");
    auto address = when_ready(client, by, [&] { return allocate_public_ip(client, *id, by); });
    if (!done(report, address)) return report;
  }
  report.stage = LaunchStage::addressed;
  say(progress, "starting");
  auto started = start_when_ready(client, report.instance_ids, by);
  report.waited.reset();
  if (!done(report, started)) return report;
  report.stage = LaunchStage::started;
  if (steps.until_running) wait_for(client, report, report.instance_ids, "Running", by, progress);
  return report;
}

LaunchReport run_and_wait(Client& client, const Launch& launch, const LaunchSteps& steps, core::Deadline by,
                          const ProgressCallback& progress) {
  LaunchReport report;
  say(progress, "launching");
  auto launched = run_instances(client, run_instances_call(client, launch), by);
  if (!done(report, launched)) return report;
  set_made(report, std::move(launched->instance_ids), LaunchStage::started, steps);
  if (steps.until_running) wait_for(client, report, report.instance_ids, "Running", by, progress);
  return report;
}

ReleaseObstacle release_obstacle(const Instance& instance, bool cut_power, core::WallTime now) {
  const auto has_lock = [&](std::string_view reason) {
    return std::any_of(instance.locks.begin(), instance.locks.end(),
                       [&](const auto& lock) { return core::equal_ignoring_case(lock.reason, reason); });
  };
  if (instance.deletion_protection) return ReleaseObstacle::deletion_protection;
  if (instance.charge_type == "PrePaid" && is_ahead(instance.expires, now)) return ReleaseObstacle::subscription;
  if (cut_power) return ReleaseObstacle::none;
  if (instance.status == "Pending" || instance.status == "Starting") return ReleaseObstacle::not_settled;
  if (instance.status == "Running" && has_lock("security")) return ReleaseObstacle::locked;
  return ReleaseObstacle::none;
}

std::string text_of(ReleaseObstacle obstacle, const Instance& instance) {
  switch (obstacle) {
    case ReleaseObstacle::deletion_protection: return instance.id + ": its deletion protection is on";
    case ReleaseObstacle::subscription:
      return instance.id + ": it is a subscription, paid for until " + instance.expires;
    case ReleaseObstacle::not_settled:
      return instance.id + ": it is " + instance.status + ", and can be stopped only when it runs";
    case ReleaseObstacle::locked: return instance.id + ": it is locked for security, and cannot be stopped";
    case ReleaseObstacle::none: break;
  }
  return {};
}

Result<ReleaseCheck> check_release(Client& client, const std::vector<std::string>& ids, bool cut_power,
                                   core::Deadline by) {
  InstanceQuery query;
  query.ids = ids;
  auto found = describe_instances(client, query, by);
  if (!found) return tl::unexpected(std::move(found.error()));
  ReleaseCheck check;
  const auto now = client.clock().wall_now();
  for (const auto& id : ids) {
    const auto it = std::find_if(found->begin(), found->end(), [&](const auto& each) { return each.id == id; });
    if (it == found->end()) {
      check.unknown.push_back(id);
      continue;
    }
    if (const auto obstacle = release_obstacle(*it, cut_power, now); obstacle != ReleaseObstacle::none)
      check.obstacles.emplace_back(obstacle, text_of(obstacle, *it));
    check.there.push_back(*it);
  }
  return check;
}

ReleaseReport stop_and_release(Client& client, const std::vector<std::string>& ids, core::Deadline by,
                               const ProgressCallback& progress) {
  ReleaseReport report;
  say(progress, "checking");
  auto check = check_release(client, ids, false, by);
  if (!done(report, check)) return report;
  report.unknown = std::move(check->unknown);
  for (auto& [obstacle, sentence] : check->obstacles) report.refused.push_back(std::move(sentence));
  if (!report.refused.empty() || check->there.empty()) return report;
  std::vector<std::string> known;
  for (const auto& each : check->there) known.push_back(each.id);
  say(progress, "stopping");
  auto stopped = stop_instances(client, known, {}, by);
  if (!done(report, stopped)) return report;
  auto& left = report.only_stopped = stopping(*stopped, report);
  if (!report.refused.empty() || !wait_for_stopped(client, report, left, by, progress)) return report;
  say(progress, "releasing");
  auto released = when_ready(client, by, [&] { return release_instances(client, left, {}, by); });
  report.waited.reset();
  if (done(report, released)) wait_for(client, report, std::exchange(left, {}), "", by, progress);
  return report;
}

Result<std::vector<Renewal>> renew_all(Client& client, const InstanceQuery& query, std::int64_t period,
                                       const std::string& unit, core::Deadline by) {
  auto expiring = describe_instances(client, query, by);
  if (!expiring) return tl::unexpected(std::move(expiring.error()));
  std::vector<Renewal> renewals;
  for (const auto& instance : *expiring) renewals.push_back(renew_one(client, instance, period, unit, by));
  return renewals;
}

}  // namespace preemptd::ecs
