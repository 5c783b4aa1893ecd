#include <nlohmann/json.hpp>

#include "simulator/actions/launch.h"
#include "simulator/api/dry_run.h"
#include "simulator/api/handlers.h"

namespace preemptd::simulator {

ActionResult<core::Json> create_instance(World& world, const ActionCall& call) {
  auto launch = plan_launch(world, call);
  if (!launch) return tl::unexpected(launch.error());
  if (launch->dry_run) return dry_run_passed();
  launch->amount = 1;
  const bool prepaid = launch->model.prepaid;
  const auto ids = carry_out(world, std::move(*launch), false, call.moment.now);
  core::Json body{{"InstanceId", ids.front()}, {"TradePrice", 0.0}};
  if (prepaid) body["OrderId"] = world.new_order_id();
  return body;
}

ActionResult<core::Json> run_instances(World& world, const ActionCall& call) {
  auto launch = plan_launch(world, call);
  if (!launch) return tl::unexpected(launch.error());
  if (launch->dry_run) return dry_run_passed();
  const bool prepaid = launch->model.prepaid;
  core::Json body{{"InstanceIdSets", {{"InstanceIdSet", carry_out(world, std::move(*launch), true, call.moment.now)}}},
                  {"TradePrice", 0.0}};
  if (prepaid) body["OrderId"] = world.new_order_id();
  return body;
}

}  // namespace preemptd::simulator
