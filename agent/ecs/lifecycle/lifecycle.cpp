#include "ecs/lifecycle/lifecycle.h"

#include <algorithm>
#include <utility>

#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"

namespace preemptd::ecs {
namespace {

constexpr core::Millis kRetryRelease = core::Seconds(5);
constexpr core::Millis kLookAtExpiry = core::Seconds(2);
constexpr core::Millis kLongestForExpiry = core::Seconds(60);

void say(const ProgressCallback& tell, const std::string& step) {
  if (tell) tell(step, {});
}

/// One wait of a workflow; false when the workflow is over.
template <typename Report>
bool wait_for(Client& client, Report& report, const std::vector<std::string>& ids, const std::string& status,
              core::Deadline by, const ProgressCallback& tell) {
  const std::string step = status.empty() ? "waiting until they are gone" : "waiting for " + status;
  say(tell, step);
  auto waited = wait_for_status(client, ids, status, by, [&](const Statuses& now) {
    if (tell) tell(step, now);
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

/// Releases, and goes on asking while the cloud says that the instances are not ready for it yet.
Result<void> release_when_ready(Client& client, const std::vector<std::string>& ids, core::Deadline by) {
  for (;;) {
    auto released = release_instances(client, ids, {}, by);
    if (released || !released.error().server || !released.error().server->is("IncorrectInstanceStatus.Initializing")) {
      return released;
    }
    if (by.left(client.clock().boot_now()) <= kRetryRelease || !client.wait(kRetryRelease)) return released;
  }
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
                      const ProgressCallback& tell) {
  while (!ids.empty() && !wait_for(client, report, ids, "Stopped", by, tell)) {
    const auto* vanished = report.failure ? nullptr : std::get_if<Vanished>(&*report.waited);
    if (vanished == nullptr) return false;
    std::erase_if(ids, [&](const std::string& id) {
      return std::find(vanished->ids.begin(), vanished->ids.end(), id) != vanished->ids.end();
    });
  }
  return true;
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

LaunchReport create_and_start(Client& client, const Launch& launch, bool public_ip, core::Deadline by,
                              const ProgressCallback& tell) {
  LaunchReport report;
  say(tell, "creating");
  auto id = create_instance(client, create_instance_call(client, launch), by);
  if (!done(report, id)) return report;
  report.instance_ids = {*id};
  if (!wait_for(client, report, report.instance_ids, "Stopped", by, tell)) return report;
  if (public_ip) {
    say(tell, "asking for a public address");
    auto address = allocate_public_ip(client, *id, by);
    if (!done(report, address)) return report;
  }
  say(tell, "starting");
  auto started = start_instances(client, report.instance_ids, by);
  report.waited.reset();
  if (done(report, started)) wait_for(client, report, report.instance_ids, "Running", by, tell);
  return report;
}

LaunchReport run_and_wait(Client& client, const Launch& launch, core::Deadline by, const ProgressCallback& tell) {
  LaunchReport report;
  say(tell, "launching");
  auto launched = run_instances(client, run_instances_call(client, launch), by);
  if (!done(report, launched)) return report;
  report.instance_ids = std::move(launched->instance_ids);
  wait_for(client, report, report.instance_ids, "Running", by, tell);
  return report;
}

ReleaseReport stop_and_release(Client& client, const std::vector<std::string>& ids, core::Deadline by,
                               const ProgressCallback& tell) {
  ReleaseReport report;
  say(tell, "stopping");
  auto stopped = stop_instances(client, ids, {}, by);
  if (!done(report, stopped)) return report;
  auto& left = report.only_stopped = stopping(*stopped, report);
  if (!report.refused.empty() || !wait_for_stopped(client, report, left, by, tell)) return report;
  say(tell, "releasing");
  auto released = release_when_ready(client, left, by);
  report.waited.reset();
  if (done(report, released)) wait_for(client, report, std::exchange(left, {}), "", by, tell);
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
