#pragma once
#include <optional>
#include <string>
#include <vector>

#include "drain/plan/plan.h"

/// What would become of each hook in a window, if all take what they are likely to need. Pure: a whole drain is stepped
/// through.
namespace preemptd::drain {

enum class Fate {
  complete,     ///< comes to its end in its turn
  second_turn,  ///< comes to its end in the time that is left when all have had their turn
  shortened,    ///< is started and never comes to its end
  lost,         ///< is never started
};
std::string_view name_of(Fate fate);  // "complete", "second turn", "shortened", "lost"

struct Foreseen {
  std::string hook;
  Importance importance = Importance::normal;
  Fate fate = Fate::lost;
  Millis needs{0};  ///< what it is likely to take: what it took lately, else its reserve, else its share of 10 s
  Millis gets{0};   ///< its longest run
};

struct Forecast {
  std::vector<Foreseen> hooks;  ///< in running order
  Millis over_after{0};         ///< when the last hook ends
};

/// `hooks` in running order. `window` is the whole drain's.
Forecast foresee(const std::vector<HookSpec>& hooks, const Limits& limits, Millis window);

}  // namespace preemptd::drain
