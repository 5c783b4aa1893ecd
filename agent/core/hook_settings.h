#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace preemptd::core {

/// What somebody said of one hook: in the script's header line, or in the configuration. Nothing: not said here. How
/// they are laid over each other is drain/hook_options.h.
struct HookSettings {
  std::optional<Millis> timeout;
  std::optional<Millis> reserve;
  std::optional<Millis> grace;
  std::optional<bool> repeatable;
  std::optional<std::string> importance;  ///< "critical", "normal", "low"
  std::optional<bool> late;
  std::optional<std::string> user;
  std::optional<std::vector<std::string>> events;  ///< "drain", "undo"

  bool operator==(const HookSettings&) const = default;
};

}  // namespace preemptd::core
