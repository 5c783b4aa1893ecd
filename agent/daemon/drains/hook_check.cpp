#include "daemon/drains/hook_check.h"

#include <algorithm>

#include "drain/hooks/discovery.h"
#include "drain/journal/history.h"
#include "drain/plan/plan.h"

namespace preemptd::daemon {

HookCheck check_hooks(const config::Config& config) {
  const bool rehearsal = config.rehearsal.speed > 0;
  const drain::Search search{config.hooks.folders, config.hooks.defaults, config.hooks.by_name,
                             rehearsal ? drain::GateMode::rehearsal : drain::GateMode::real};
  drain::Discovery found = drain::discover(search);
  drain::predict(found, drain::read_history(config.paths.state));

  HookCheck check;
  for (const auto& hook : found.hooks) {
    switch (hook.standing) {
      case drain::HookStatus::runs: ++check.status.ok; break;
      case drain::HookStatus::unsafe:
      case drain::HookStatus::unrunnable:
        ++check.status.unusable;
        check.complaints.push_back(hook.spec.path + " would not run (" + std::string(drain::name_of(hook.standing)) +
                                   "): " + hook.reason);
        break;
      case drain::HookStatus::ignored: ++check.status.ignored; break;
      case drain::HookStatus::masked:
      case drain::HookStatus::overridden: break;
    }
  }
  check.complaints.insert(check.complaints.end(), found.warnings.begin(), found.warnings.end());

  const core::BootTime now = core::BootClock::now();
  const drain::Limits limits{config.drain.report_reserve, config.drain.parallel, std::max(config.rehearsal.speed, 1)};
  const drain::Plan plan = drain::plan(found.called_on_drain(), limits, core::Deadline(now + config.drain.window), now);
  check.status.fits = plan.fits();
  check.status.margin = plan.margin();
  check.status.verdict = check.status.ok == 0 ? "no hooks: a drain would run nothing" : drain::verdict(plan);
  return check;
}

}  // namespace preemptd::daemon
