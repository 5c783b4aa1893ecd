#include "node/drain_result.h"

#include "core/text.h"

namespace preemptd::node {

bool went_well(const drain::HookOutcome& outcome) {
  return outcome.ending == drain::Ending::ok || outcome.ending == drain::Ending::skipped || not_needed(outcome);
}

core::DrainResult result_of(const drain::Record& record) {
  core::DrainResult result;
  result.hooks = record.hooks.size();
  for (const auto& hook : record.hooks) {
    if (!hook.outcome && hook.started) ++result.running;
    if (!hook.outcome) continue;
    ++result.over;
    if (went_well(*hook.outcome) && hook.outcome->ending != drain::Ending::ok) ++result.skipped;
    if (went_well(*hook.outcome)) continue;
    ++result.failed;
    result.failed_names.push_back(core::printable(hook.plan.hook.name, 120));
  }
  if (record.finished) {
    result.margin = record.finished->margin;
    result.withdrawn = record.finished->withdrawn;
  }
  return result;
}

}  // namespace preemptd::node
