#include "cli/session/dry_run.h"

#include <nlohmann/json.hpp>

namespace preemptd::cli {

Exit DryRun::report() {
  auto& out = session_.out();
  out.progress("");
  if (refusal_) return session_.report_failure(*refusal_);
  Table table{{{""}}, {{Cell("The dry run passed: the cloud would do it.")}}, "", false};
  for (const auto& each : tried_) table.rows.push_back({Cell("tried: " + each)});
  for (const auto& each : untried_) table.rows.push_back({Cell("not tried: " + each, Tone::warn)});
  out.result({{"dry_run", "passed"}, {"tried", tried_}, {"not_tried", untried_}}, table);
  return Exit::ok;
}

}  // namespace preemptd::cli
