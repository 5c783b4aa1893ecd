#pragma once
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chance.h"
#include "core/clock.h"
#include "core/notice.h"
#include "drain/hooks/discovery.h"
#include "timeline.h"

/// The simulated world: one machine in one cloud, all from one seed. Real are watch::step with its cadence, and of the
/// drain remember, task_for, changes, open_drain, open_undo, begin, step, the plan and the journal's text. Made up, as
/// small as they can be, are the cloud (cloud.h), the shells of preemptd and preempt-drain (watcher.h, drainer.h),
/// hooks, disk and memory (machine.h). judge.h holds the laws; they know the truth, which no program in the world does.
///
/// Time is in milliseconds since the world began.
namespace preemptd::sim {

class Cloud;
class Drainer;
class Judge;
class Machine;
class Watcher;

/// Ways to break a program, to show that the laws can be broken.
enum class Broken {
  nothing,
  forgets_finished_hooks,  ///< a resumed drain starts from the beginning
  forgets_the_record,      ///< the drainer writes no journal
  ignores_reserves,        ///< the plan knows no reserves
  ignores_report_reserve,  ///< the plan keeps nothing for the last report
  ignores_moved_deadline,  ///< a drain goes by the deadline it began with
  never_kills,             ///< SIGTERM is all that a hook ever gets
  leaves_orphans,          ///< a successor does not look for what a dead drainer left running
  undoes_only_the_last,    ///< an undo calls one hook
  undo_does_not_yield,     ///< a new notice waits until an undo is over
  withdraws_on_one_404,    ///< one answer without the notice takes it back
  garbage_is_a_notice,     ///< an answer that is no time starts a drain
  ignores_the_lock,        ///< metadata is the only source
  forgets_its_notice,      ///< a restarted watcher starts from nothing
  sleeps_after_trouble,    ///< after a failed answer metadata is asked a minute later
  ignores_importance,      ///< the plan takes all hooks for equally important
  ignores_experience,      ///< the plan does not know how long hooks took lately
  gives_one_turn,          ///< what the window cut off or left out never runs again
  repeats_everything,      ///< another turn, too, for hooks that are not repeatable
  runs_everything_late,    ///< another turn, too, for hooks that may not run after later stages
  forgets_the_order,       ///< all hooks run in one stage
};
inline constexpr int kBrokenCount = static_cast<int>(Broken::forgets_the_order) + 1;
const char* name_of(Broken broken);

/// A law was broken.
struct Violation {
  std::string law, what;
  Millis at{0};
};

struct World {
  World(std::uint64_t seed, Broken broken, std::ostream* trace);
  ~World();
  World(const World&) = delete;

  void say(const char* who, const std::string& what) const;
  bool tracing() const { return trace != nullptr; }
  bool is(Broken which) const { return broken == which; }

  Chance chance;
  Broken broken;
  std::ostream* trace;
  Timeline timeline;
  std::unique_ptr<Judge> judge;
  std::unique_ptr<Cloud> cloud;
  std::unique_ptr<Machine> machine;
  std::unique_ptr<Watcher> watcher;
  std::unique_ptr<Drainer> drainer;
};

/// Lives one world to its end. Nothing: all laws held. With `trace`, everything that happens is written there.
std::optional<Violation> live(std::uint64_t seed, Broken broken = Broken::nothing, std::ostream* trace = nullptr);

/// A wall-clock time of the cloud.
inline constexpr core::WallTime kBeginning{core::Seconds(1'800'000'000)};

}  // namespace preemptd::sim
