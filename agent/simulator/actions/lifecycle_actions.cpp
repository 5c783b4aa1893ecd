#include <nlohmann/json.hpp>

#include "simulator/api/dry_run.h"
#include "simulator/api/handlers.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

using core::Json;

ActionResult<void> security_lock(const Instance& instance) {
  if (!instance.locked_for_security()) return {};
  return deny(403, "InstanceLockedForSecurity",
              "The specified operation is denied as your instance is locked for security reasons.");
}

ActionResult<Instance*> named(World& world, const std::string& id) {
  Instance* instance = world.fleet.find(id);
  if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  return instance;
}

ActionResult<void> may_start(const World& world, const Instance& instance, core::WallTime now) {
  if (auto lock = security_lock(instance); !lock) return lock;
  if (instance.status != Status::stopped) return wrong_status();
  if (instance.expires && now >= *instance.expires)
    return deny(403, "InstanceExpired", "The specified instance has expired.");
  const auto stock = world.knobs.stock.find(instance.type);
  if (instance.stop_charging && stock != world.knobs.stock.end() && stock->second <= 0) {
    return deny(403, "OperationDenied.NoStock",
                "The requested resource is sold out in the specified zone; try other types of resources or other "
                "regions and zones.");
  }
  const InstanceType* type = find_type(instance.type);
  if (instance.spot_strategy == "SpotWithPriceLimit" && type != nullptr &&
      instance.spot_price_limit < spot_price(*type, instance.zone, now)) {
    return deny(403, "OperationDenied.SpotPriceLowerThanPublicPrice",
                "The price limit of the spot instance is lower than the public price.");
  }
  return {};
}

ActionResult<void> may_stop(const World&, const Instance& instance, core::WallTime) {
  if (auto lock = security_lock(instance); !lock) return lock;
  if (instance.status != Status::running) return wrong_status();
  return {};
}

ActionResult<void> may_delete(const Instance& instance, bool force, bool subscription, core::WallTime now) {
  if (instance.deletion_protection) {
    return deny(403, "InvalidOperation.DeletionProtection", "The operation is not allowed due to deletion protection.");
  }
  if (instance.expires && now < *instance.expires && !subscription) {
    return wrong_charge_type();
  }
  if (instance.status == Status::pending) {
    return deny(403, "IncorrectInstanceStatus.Initializing",
                "The specified instance status does not support this operation.");
  }
  if (instance.status != Status::stopped && !(force && instance.status == Status::running)) return wrong_status();
  return {};
}

struct Operation {
  ActionResult<void> (*allowed)(const World&, const Instance&, core::WallTime);
  void (*perform)(World&, Instance&, ParameterReader&, core::WallTime);
};

void perform_start(World& world, Instance& instance, ParameterReader&, core::WallTime now) {
  world.fleet.start(instance, now);
}

void perform_stop(World& world, Instance& instance, ParameterReader& read, core::WallTime now) {
  instance.stop_charging = !instance.prepaid && read.text("StoppedMode") == "StopCharging";
  world.fleet.stop(instance, now);
}

void perform_reboot(World& world, Instance& instance, ParameterReader&, core::WallTime now) {
  world.fleet.reboot(instance, now);
}

constexpr Operation kStart{may_start, perform_start};
constexpr Operation kStop{may_stop, perform_stop};
constexpr Operation kReboot{may_stop, perform_reboot};

void check_words(ParameterReader& read) {
  read.flag("ForceStop");
  read.flag("ForceReboot");
  read.word("StoppedMode", {"KeepCharging", "StopCharging", "Not-applicable"}, "");
  read.word("BatchOptimization", {"AllTogether", "SuccessFirst"}, "");
}

ActionResult<Json> one(World& world, const ActionCall& call, const Operation& operation) {
  ParameterReader read(call);
  check_words(read);
  const bool dry_run = read.flag("DryRun");
  if (read.error()) return tl::unexpected(*read.error());
  const auto instance = named(world, read.text("InstanceId"));
  if (!instance) return tl::unexpected(instance.error());
  if (auto allowed = operation.allowed(world, **instance, call.moment.now); !allowed)
    return tl::unexpected(allowed.error());
  if (dry_run) return dry_run_passed();
  operation.perform(world, **instance, read, call.moment.now);
  return Json::object();
}

Json item_json(const std::string& id, const std::string& code, const std::string& message, std::string_view before,
               std::string_view after) {
  return {
      {"InstanceId", id}, {"Code", code}, {"Message", message}, {"PreviousStatus", before}, {"CurrentStatus", after}};
}

Json perform_on(World& world, const std::string& id, const Operation& operation, ParameterReader& read,
                core::WallTime now) {
  const auto instance = named(world, id);
  if (!instance) return item_json(id, instance.error().code, instance.error().message, "", "");
  const auto before = name_of((*instance)->status);
  if (auto allowed = operation.allowed(world, **instance, now); !allowed) {
    return item_json(id, allowed.error().code, allowed.error().message, before, before);
  }
  operation.perform(world, **instance, read, now);
  return item_json(id, "200", "success", before, name_of((*instance)->status));
}

/// AllTogether checks every instance before it touches one; SuccessFirst answers for each.
ActionResult<Json> batch(World& world, const ActionCall& call, const Operation& operation) {
  ParameterReader read(call);
  check_words(read);
  const bool dry_run = read.flag("DryRun");
  const auto ids = read.list("InstanceId");
  if (read.error()) return tl::unexpected(*read.error());
  if (read.text("BatchOptimization", "AllTogether") == "AllTogether") {
    for (const auto& id : ids) {
      const auto instance = named(world, id);
      if (!instance) return tl::unexpected(instance.error());
      if (auto allowed = operation.allowed(world, **instance, call.moment.now); !allowed)
        return tl::unexpected(allowed.error());
    }
  }
  if (dry_run) return batch_dry_run_passed();
  Json list = Json::array();
  for (const auto& id : ids) list.push_back(perform_on(world, id, operation, read, call.moment.now));
  return Json{{"InstanceResponses", {{"InstanceResponse", std::move(list)}}}};
}

/// With Force a running instance goes too: at once, or after an orderly shutdown with ForceStop=false.
ActionResult<Json> delete_all(World& world, const ActionCall& call, const std::vector<std::string>& ids,
                              tl::unexpected<ApiError> dry_run_answer) {
  ParameterReader read(call);
  const bool force = read.flag("Force"), subscription = read.flag("TerminateSubscription"),
             dry_run = read.flag("DryRun");
  read.flag("ForceStop", true);
  if (read.error()) return tl::unexpected(*read.error());
  for (const auto& id : ids) {
    const auto instance = named(world, id);
    if (!instance) return tl::unexpected(instance.error());
    if (auto allowed = may_delete(**instance, force, subscription, call.moment.now); !allowed)
      return tl::unexpected(allowed.error());
  }
  if (dry_run) return dry_run_answer;
  for (const auto& id : ids) {
    if (Instance* instance = world.fleet.find(id)) world.fleet.release(*instance, call.moment.now);
  }
  return Json::object();
}

}  // namespace

ActionResult<Json> start_instance(World& world, const ActionCall& call) {
  return one(world, call, kStart);
}
ActionResult<Json> stop_instance(World& world, const ActionCall& call) {
  return one(world, call, kStop);
}
ActionResult<Json> reboot_instance(World& world, const ActionCall& call) {
  return one(world, call, kReboot);
}
ActionResult<Json> start_instances(World& world, const ActionCall& call) {
  return batch(world, call, kStart);
}
ActionResult<Json> stop_instances(World& world, const ActionCall& call) {
  return batch(world, call, kStop);
}
ActionResult<Json> reboot_instances(World& world, const ActionCall& call) {
  return batch(world, call, kReboot);
}

ActionResult<Json> delete_instance(World& world, const ActionCall& call) {
  return delete_all(world, call, {ParameterReader(call).text("InstanceId")}, dry_run_passed());
}

ActionResult<Json> delete_instances(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.list("InstanceId");
  if (read.error()) return tl::unexpected(*read.error());
  return delete_all(world, call, ids, batch_dry_run_passed());
}

}  // namespace preemptd::simulator
