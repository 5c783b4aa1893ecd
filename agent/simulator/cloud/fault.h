#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"

/// Faults the simulator was given: what goes wrong, where, and for how long.
namespace preemptd::simulator {

enum class Target { metadata, api };
std::string_view name_of(Target target);

enum class FaultKind { slow, hang, status, garbage, truncate, reset, huge, redirect, empty, throttle, clock, drip };
std::string_view name_of(FaultKind kind);

struct Fault {
  Target target = Target::metadata;
  FaultKind kind = FaultKind::status;
  std::optional<double> number;                                  ///< `value`, when it is a number
  std::string text;                                              ///< `value`, when it is text
  std::string only;                                              ///< only requests for this action or item; empty: all
  std::optional<core::WallTime> until;                           ///< nothing: until the reset
  std::optional<int> times;                                      ///< how many more requests it strikes; nothing: all
  std::shared_ptr<bool> lifted = std::make_shared<bool>(false);  ///< seen by those it still holds up (hang)
};

/// Reads the JSON of POST /fault. `value`: slow and drip take milliseconds (or text with a unit), status an HTTP
/// status, truncate and huge bytes, throttle the milliseconds of x-acs-retry-after
/// or the code ("Throttling.Api"), clock seconds, garbage the body, redirect the Location. bad_input says what is
/// wrong.
core::Result<Fault> parse_fault(const core::Json& spec, core::WallTime now);

core::Json to_json(const Fault& fault);

/// All faults in force. The newest strikes first. Not thread-safe.
class FaultRegistry {
 public:
  /// Replaces a fault of the same target, kind and `only`. One whose time is already over lifts it.
  void set(Fault fault, core::WallTime now);

  /// The fault this request meets, `clock` aside; counts it against `times`.
  std::optional<Fault> strike(Target target, std::string_view subject, core::WallTime now);

  /// What the server's clock is wrong by.
  core::Millis clock_error(Target target, core::WallTime now) const;

  std::vector<Fault> all(core::WallTime now) const;
  void clear();

 private:
  std::vector<Fault> faults_;
};

}  // namespace preemptd::simulator
