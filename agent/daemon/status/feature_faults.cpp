#include "daemon/status/feature_faults.h"

#include <vector>

namespace preemptd::daemon {

void FeatureFaults::set(const std::string& feature, std::optional<std::string> why) {
  const auto known = faults_.find(feature);
  if (!why) {
    if (known == faults_.end()) return;
    faults_.erase(known);
    return log_.info("feature.recovered", feature + " works again");
  }
  if (known != faults_.end() && known->second == *why) return;
  faults_[feature] = *why;
  log_.error("feature.lost", feature + " does not work: " + *why);
}

void FeatureFaults::clear(std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [feature, why] : faults_)
    if (feature.starts_with(prefix)) names.push_back(feature);
  for (const auto& name : names) set(name, std::nullopt);
}

}  // namespace preemptd::daemon
