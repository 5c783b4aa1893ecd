#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "simulator/api/actions.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator::tests {

/// A simulated cloud at a time moved by hand, asked through the table of actions: no network, no signature, no clock.
struct Cloud {
  core::WallTime now{core::Seconds(1'800'000'000)};
  World world{Setup{}, now};
  AccessKey caller = *parse_access_key("unit:secret");

  void pass(core::Millis time) {
    now += time;
    world.advance(now);
  }

  ActionResult<core::Json> ask(const std::string& action, Parameters parameters, std::string_view version = kEcs) {
    const Action* known = find_action(action, version);
    if (known == nullptr) return deny(404, "InvalidAction.NotFound", "");
    return known->handler(
        world, ActionCall{action, std::string(version), std::move(parameters), Format::json, &caller, {now}});
  }
  /// The error's code, or "" when it went well.
  std::string code(const std::string& action, Parameters parameters, std::string_view version = kEcs) {
    const auto answer = ask(action, std::move(parameters), version);
    return answer ? "" : answer.error().code;
  }

  /// RunInstances with the given parameters besides the needed ones; the first id.
  std::string run(Parameters more = {}) {
    more.merge(
        Parameters{{"RegionId", "cn-hangzhou"}, {"ImageId", world.own().image}, {"InstanceType", "ecs.g7.large"}});
    return ask("RunInstances", more)->at("InstanceIdSets").at("InstanceIdSet").at(0).get<std::string>();
  }
  std::string status(const std::string& id) {
    const Instance* instance = world.fleet.find(id);
    return instance == nullptr ? "gone" : std::string(name_of(instance->status));
  }
  const std::string& own() const { return world.setup.instance_id; }
};

}  // namespace preemptd::simulator::tests
