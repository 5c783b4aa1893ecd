#include "ecs/base/call.h"

#include <algorithm>
#include <array>

namespace preemptd::ecs {

std::string ram_action(const Call& call) {
  return std::string(call.product.name) + ":" + call.action;
}

Repeatability repeatability_of(const Call& call) {
  static constexpr std::array<std::string_view, 5> kReading{"Describe", "List", "Get", "Query", "Check"};
  const auto reads = [&](std::string_view verb) { return std::string_view(call.action).starts_with(verb); };
  if (std::any_of(kReading.begin(), kReading.end(), reads)) return Repeatability::read;
  if (call.harmless_to_repeat) return Repeatability::write_with_token;
  const auto token = call.parameters.find("ClientToken");
  if (token != call.parameters.end() && !token->second.empty()) return Repeatability::write_with_token;
  return Repeatability::write;
}

}  // namespace preemptd::ecs
