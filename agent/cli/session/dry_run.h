#pragma once
#include <string>
#include <vector>

#include "cli/session/session.h"

namespace preemptd::cli {

/// A dry run of a command that takes several calls: each is asked for with DryRun, and what cannot be tried is named.
class DryRun {
 public:
  explicit DryRun(CloudSession& session) : session_(session) {}

  /// The answer to a call that was sent with DryRun; false when the cloud would refuse it.
  template <typename Value>
  bool passes(const std::string& action, const ecs::Result<Value>& sent) {
    if (!sent && !ecs::is_dry_run_passed(sent.error())) {
      refusal_ = sent.error();
      return false;
    }
    tried_.push_back(action);
    return true;
  }
  void cannot_try(std::string what) { untried_.push_back(std::move(what)); }

  /// Says the outcome: what was tried, what was not, or the refusal.
  Exit report();

 private:
  CloudSession& session_;
  std::vector<std::string> tried_;
  std::vector<std::string> untried_;
  std::optional<ecs::Failure> refusal_;
};

}  // namespace preemptd::cli
