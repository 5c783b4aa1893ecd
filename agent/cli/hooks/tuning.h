#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/output.h"
#include "drain/hooks/hook.h"
#include "drain/journal/history.h"
#include "drain/journal/record.h"

/// Pure: which limits would suit what hooks took.
namespace preemptd::cli {

struct Tuning {
  std::string hook;
  drain::HookOptions now;
  std::size_t drains = 0, rehearsals = 0;  ///< runs that went well
  std::size_t stopped = 0;                 ///< runs in drains that the drainer had to stop
  std::optional<core::Millis> p95;         ///< nothing: it never went well, so nothing is proposed
  core::Millis reserve{0};                 ///< the p95 with a quarter and a second on top, in whole seconds
  core::Millis timeout{0};                 ///< twice the reserve; not less than now where it was stopped
};

/// Real drains count from the records, and from the history where that holds more of them.
Tuning tuning_of(const drain::HookSpec& hook, const std::vector<drain::Record>& records, const drain::History& history);

/// "timeout=20s reserve=10s"
std::string line_of(const Tuning& tuning);
/// What is behind the line: "p95 6.2s of 12 drains and 3 rehearsals".
std::string evidence_of(const Tuning& tuning);
Json as_json(const Tuning& tuning);

}  // namespace preemptd::cli
