#include "simulator/admin/settings.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace preemptd::simulator {
namespace {

using core::Json;

core::Result<void> wrong(const std::string& name, const std::string& must) {
  return core::fail(core::ErrorCode::bad_input, name + " must be " + must, name);
}

/// Null: none.
core::Result<std::set<std::string>> names_in(const std::string& name, const Json& value) {
  std::set<std::string> out;
  if (value.is_null()) return out;
  for (const auto& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string()) return core::fail(core::ErrorCode::bad_input, name + " must be a list of names", name);
    out.insert(item.get<std::string>());
  }
  return out;
}

/// Null takes the role away.
core::Result<void> set_role(World&, Instance& own, const Json& value) {
  if (!value.is_null() && !value.is_string()) return wrong("role", "a name or null");
  own.role = value.is_null() ? std::string() : value.get<std::string>();
  return {};
}

core::Result<void> set_token_endpoint(World& world, Instance&, const Json& value) {
  if (!value.is_boolean()) return wrong("token_endpoint", "true or false");
  world.knobs.token_endpoint = value.get<bool>();
  return {};
}

core::Result<void> set_http_tokens(World&, Instance& own, const Json& value) {
  if (value != "optional" && value != "required") return wrong("http_tokens", "\"optional\" or \"required\"");
  own.metadata.token_required = value == "required";
  return {};
}

core::Result<void> set_http_endpoint(World&, Instance& own, const Json& value) {
  if (value != "enabled" && value != "disabled") return wrong("http_endpoint", "\"enabled\" or \"disabled\"");
  own.metadata.enabled = value == "enabled";
  return {};
}

/// Why the own instance is locked, besides a reclaim.
core::Result<void> set_locks(World&, Instance& own, const Json& value) {
  static const std::set<std::string> kReasons{"financial", "security", "dedicatedhostfinancial", "refunded"};
  const auto names = names_in("locks", value);
  if (!names) return tl::unexpected(names.error());
  const auto unknown = [](const std::string& name) { return !kReasons.contains(name); };
  if (std::any_of(names->begin(), names->end(), unknown))
    return wrong("locks", "a list of \"financial\", \"security\", \"dedicatedhostfinancial\", \"refunded\"");
  own.locks.assign(names->begin(), names->end());
  return {};
}

core::Result<void> set_denied(World& world, Instance&, const Json& value) {
  auto names = names_in("deny", value);
  if (!names) return tl::unexpected(names.error());
  world.knobs.denied = std::move(*names);
  return {};
}

/// {"ecs.g7.large": 3, …}; null for a type, or for all: as many as one likes.
core::Result<void> set_stock(World& world, Instance&, const Json& value) {
  if (value.is_null()) {
    world.knobs.stock.clear();
    return {};
  }
  if (!value.is_object()) return wrong("stock", "an object of instance types");
  auto stock = world.knobs.stock;
  for (const auto& [type, left] : value.items()) {
    if (left.is_null()) {
      stock.erase(type);
    } else if (left.is_number_unsigned() && left.get<std::uint64_t>() <= 1'000'000) {
      stock[type] = left.get<int>();
    } else {
      return wrong("stock", "a number for each instance type");
    }
  }
  world.knobs.stock = std::move(stock);
  return {};
}

/// {"DescribeInstances": {"calls": 5, "per_seconds": 60}, …}; null for an action, or for all, lifts the quota.
core::Result<void> set_quotas(World& world, Instance&, const Json& value) {
  if (value.is_null()) {
    world.knobs.quotas.clear();
    return {};
  }
  if (!value.is_object()) return wrong("quota", "an object of actions");
  auto quotas = world.knobs.quotas;
  for (const auto& [action, limit] : value.items()) {
    if (limit.is_null()) {
      quotas.erase(action);
      continue;
    }
    const auto calls = core::integer_at(limit, "calls");
    const double seconds = core::number_at(limit, "per_seconds").value_or(60);
    if (!calls || *calls < 0 || *calls > 1'000'000 || !(seconds > 0 && seconds <= 86400)) {
      return wrong("quota", "{\"calls\": N, \"per_seconds\": S} for each action");
    }
    quotas[action] = {static_cast<int>(*calls), core::Millis(static_cast<std::int64_t>(seconds * 1000))};
  }
  world.knobs.quotas = std::move(quotas);
  return {};
}

core::Result<void> set_transition(World& world, Instance&, const Json& value) {
  if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 3'600'000) {
    return wrong("transition_ms", "a number of milliseconds up to an hour");
  }
  world.fleet.transition = core::Millis(static_cast<std::int64_t>(value.get<double>()));
  return {};
}

core::Result<void> set_credential_life(World& world, Instance&, const Json& value) {
  if (!value.is_number() || value.get<double>() < 1 || value.get<double>() > 86400) {
    return wrong("credential_seconds", "a number of seconds between 1 and a day");
  }
  world.knobs.credential_lifetime = core::Seconds(static_cast<std::int64_t>(value.get<double>()));
  return {};
}

using Turn = core::Result<void> (*)(World&, Instance&, const Json&);

const std::map<std::string, Turn>& turns() {
  static const std::map<std::string, Turn> kTurns{
      {"role", set_role},
      {"token_endpoint", set_token_endpoint},
      {"http_tokens", set_http_tokens},
      {"http_endpoint", set_http_endpoint},
      {"locks", set_locks},
      {"deny", set_denied},
      {"stock", set_stock},
      {"quota", set_quotas},
      {"transition_ms", set_transition},
      {"credential_seconds", set_credential_life},
  };
  return kTurns;
}

}  // namespace

core::Result<void> turn_knobs(World& world, const Json& wanted) {
  Instance* own = world.fleet.find(world.setup.instance_id);
  if (own == nullptr) return core::fail(core::ErrorCode::refused, "the own instance is gone: POST /reset first");
  const Settings before = world.knobs;
  const Instance own_before = *own;
  const auto transition = world.fleet.transition;
  for (const auto& [name, value] : wanted.items()) {
    const auto turn = turns().find(name);
    auto turned = turn == turns().end()
                      ? core::Result<void>(core::fail(core::ErrorCode::bad_input, "no such setting", name))
                      : turn->second(world, *own, value);
    if (turned) continue;
    world.knobs = before;
    *own = own_before;
    world.fleet.transition = transition;
    return turned;
  }
  return {};
}

Json knobs_json(const World& world) {
  Json quotas = Json::object();
  for (const auto& [action, quota] : world.knobs.quotas) {
    quotas[action] = {{"calls", quota.calls}, {"per_seconds", static_cast<double>(quota.window.count()) / 1000}};
  }
  const Instance& own = world.own();
  return {{"role", own.role.empty() ? Json(nullptr) : Json(own.role)},
          {"token_endpoint", world.knobs.token_endpoint},
          {"http_tokens", own.metadata.token_required ? "required" : "optional"},
          {"http_endpoint", own.metadata.enabled ? "enabled" : "disabled"},
          {"locks", own.locks},
          {"deny", world.knobs.denied},
          {"stock", world.knobs.stock},
          {"quota", quotas},
          {"transition_ms", world.fleet.transition.count()},
          {"credential_seconds", world.knobs.credential_lifetime.count()}};
}

}  // namespace preemptd::simulator
