#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sys/log/log.h"

namespace preemptd::daemon {

/// Which features do not work now, and why: for the log when that changes, and for the status. Belongs to the loop's
/// thread.
class FeatureFaults {
 public:
  explicit FeatureFaults(sys::Log& log) : log_(log) {}

  /// Nothing: the feature works.
  void set(const std::string& feature, std::optional<std::string> why);
  /// All features whose names begin so work, or are no more.
  void clear(std::string_view prefix);

  const std::map<std::string, std::string>& all() const { return faults_; }

 private:
  sys::Log& log_;
  std::map<std::string, std::string> faults_;  ///< why, by feature
};

}  // namespace preemptd::daemon
