#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace preemptd::core {

enum class Language { en, zh };

/// How a drain stands, or how it ended. Hooks that were skipped, or that a withdrawn notice made unnecessary, have not
/// failed.
struct DrainResult {
  std::size_t hooks = 0;  ///< all of them
  std::size_t over = 0;   ///< those that have ended, or will not be started
  std::size_t running = 0;
  std::size_t skipped = 0;  ///< not applicable here, or not needed
  std::size_t failed = 0;
  std::vector<std::string> failed_names;  ///< may be fewer than `failed`; fit for a terminal
  std::optional<Millis> margin;           ///< left until the deadline when it ended, negative: late; nothing: not over
  bool withdrawn = false;                 ///< the notice was withdrawn before the end
};

/// Pure: the sentence everything about a drain begins with. "3 of 6 hooks failed: a, b, c; ended 102 s before the
/// deadline", "all 6 hooks succeeded; ended …"; "not over: 2 of 6 hooks over, 1 running, 1 of 6 hooks failed: a".
std::string drain_verdict(const DrainResult& result, Language language = Language::en);

/// Its first half: "3 of 6 hooks failed: a, b, c", "all 6 hooks succeeded", "no hook failed: 4 succeeded, 2 skipped".
std::string hooks_verdict(const DrainResult& result, Language language = Language::en);

/// Of a drain under way: "2 of 6 hooks over, 1 running, 1 of 6 hooks failed: a".
std::string hooks_progress(const DrainResult& result, Language language = Language::en);

}  // namespace preemptd::core
