#include "world.h"

#include <array>
#include <cstdio>
#include <ostream>

#include "cloud.h"
#include "drainer.h"
#include "judge.h"
#include "machine.h"
#include "watcher.h"

namespace preemptd::sim {

const char* name_of(Broken broken) {
  switch (broken) {
    case Broken::nothing: return "nothing";
    case Broken::forgets_finished_hooks: return "forgets-finished-hooks";
    case Broken::forgets_the_record: return "forgets-the-record";
    case Broken::ignores_reserves: return "ignores-reserves";
    case Broken::ignores_report_reserve: return "ignores-report-reserve";
    case Broken::ignores_moved_deadline: return "ignores-moved-deadline";
    case Broken::never_kills: return "never-kills";
    case Broken::leaves_orphans: return "leaves-orphans";
    case Broken::undoes_only_the_last: return "undoes-only-the-last";
    case Broken::undo_does_not_yield: return "undo-does-not-yield";
    case Broken::withdraws_on_one_404: return "withdraws-on-one-404";
    case Broken::garbage_is_a_notice: return "garbage-is-a-notice";
    case Broken::ignores_the_lock: return "ignores-the-lock";
    case Broken::forgets_its_notice: return "forgets-its-notice";
    case Broken::sleeps_after_trouble: return "sleeps-after-trouble";
    case Broken::ignores_importance: return "ignores-importance";
    case Broken::ignores_experience: return "ignores-experience";
    case Broken::gives_one_turn: return "gives-one-turn";
    case Broken::repeats_everything: return "repeats-everything";
    case Broken::runs_everything_late: return "runs-everything-late";
    case Broken::forgets_the_order: return "forgets-the-order";
  }
  return "unknown";
}

World::World(std::uint64_t seed, Broken how, std::ostream* where)
    : chance(seed),
      broken(how),
      trace(where),
      judge(std::make_unique<Judge>(*this)),
      cloud(std::make_unique<Cloud>(*this)),
      machine(std::make_unique<Machine>(*this)),
      watcher(std::make_unique<Watcher>(*this)),
      drainer(std::make_unique<Drainer>(*this)) {
  if (tracing()) machine->tell_hooks();
  machine->begin_boot();
}

World::~World() = default;

void World::say(const char* who, const std::string& what) const {
  if (trace == nullptr) return;
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%10.3f", static_cast<double>(timeline.now().count()) / 1000);
  *trace << time.data() << "  " << who << ": " << what << "\n";
}

std::optional<Violation> live(std::uint64_t seed, Broken broken, std::ostream* trace) {
  World world(seed, broken, trace);
  try {
    while (!world.judge->at_rest() && world.machine->ever_again() && world.timeline.step()) {
    }
    world.judge->at_the_end();
  } catch (const Violation& violation) {
    world.say("judge", violation.law + ": " + violation.what);
    return violation;
  }
  return std::nullopt;
}

}  // namespace preemptd::sim
