#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "drain/hooks/hook.h"
#include "drain/hooks/hook_facts.h"

/// Looks at folders and hooks in processes that can be left behind, because a path may lie on a mount that does not
/// answer. One process looks at all; where a look of it stands still, each of the rest gets a process of its own, so
/// that many paths that hang cost little more than one.
namespace preemptd::drain {

struct LookLimits {
  Millis stands_still{100};     ///< after so long without an answer the others are looked at beside
  Millis answers_within{1000};  ///< a path that takes longer does not answer
  Millis repeats_for{300};      ///< a look that fails is repeated for so long
};

struct LookRequest {
  std::vector<std::string> folders;
  GateMode gate = GateMode::real;
  UserOf user_of;                                  ///< called in the processes that look
  std::function<bool(const std::string&)> wanted;  ///< is this name worth a look? also called there
  std::string only;  ///< not empty: this name of each folder alone is looked at, and no folder is listed
  LookLimits limits;
};

struct LookResult {
  std::vector<FolderFacts> folders;                     ///< beside those of the request
  std::vector<std::map<std::string, HookFacts>> hooks;  ///< beside `folders`; by name, those that are wanted
};

/// Returns within about `answers_within` of the last answer. What hangs or failed says so in its place.
LookResult look_at_hooks(const LookRequest& request);

}  // namespace preemptd::drain
