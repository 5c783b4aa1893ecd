#pragma once
#include <string>

#include "core/notice.h"
#include "drain/hooks/discovery.h"
#include "drain/hooks/hook.h"

/// Values that tests of the drain start from.
namespace preemptd::fakes {

using core::Millis;
using core::Seconds;

inline constexpr core::BootTime kNow{Seconds(1000)};

inline drain::HookSpec hook(std::string name, std::optional<Seconds> reserve = {},
                            std::optional<Seconds> timeout = {}) {
  drain::HookSpec spec;
  spec.stage = drain::stage_of(name);
  spec.path = "/hooks/" + name;
  spec.name = std::move(name);
  if (reserve) spec.options.reserve = *reserve;
  if (timeout) spec.options.timeout = *timeout;
  return spec;
}

inline drain::Discovery found(const std::vector<drain::HookSpec>& specs) {
  drain::Discovery discovery;
  for (const auto& spec : specs) discovery.hooks.push_back({.spec = spec, .digest = "00000000"});
  return discovery;
}

/// A notice first seen at kNow on boot "boot-1", `left` before its deadline.
inline core::Notice notice(core::Millis left = Seconds(300)) {
  core::Notice n;
  n.id = "notice-1";
  n.instance = {"i-1", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"};
  n.sources = {core::Source::metadata};
  n.behavior = core::Behavior::terminate;
  n.seen_at = core::WallTime(Seconds(1'800'000'000));
  n.termination_time = n.seen_at + left;
  n.exact = true;
  n.deadline = kNow + left;
  n.boot_id = "boot-1";
  n.seen_at_boot = kNow;
  return n;
}

}  // namespace preemptd::fakes
