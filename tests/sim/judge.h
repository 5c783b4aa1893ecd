#pragma once
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drain/plan/resume.h"
#include "drain/plan/step.h"
#include "machine.h"
#include "world.h"

namespace preemptd::sim {

/// The laws of the world. It sees everything and knows the truth; a broken law ends the world by a thrown Violation.
class Judge {
 public:
  explicit Judge(World& world);

  [[noreturn]] void fail(const char* law, const std::string& what) const;
  /// Something from outside that costs time, or makes a short lateness nobody's fault.
  void disturbed(const char* by, Millis lasts = Millis(0));

  // What the watcher does.
  void watcher_started();
  void asked(core::Source source, std::optional<core::ErrorCode> fault);
  void heard(core::Source by, std::optional<int> shows);
  void notice_seen(const core::Notice& notice);
  void published(const core::Notice& notice);
  void notice_withdrawn(const core::Notice& notice);

  // What the cloud and the machine do.
  void shown_changed();
  void machine_goes();
  void power_lost();

  // What the drainer does.
  void record_opened(const std::string& id, bool first_of_boot, bool disk_hung);
  void work_begins(const core::Notice& notice, drain::Work work, const drain::State& state);
  void told(const drain::JournalBody& body);
  void written();
  void hook_started(const Process& process, const drain::HookState& hook, const drain::State& state);
  void before_step();
  void rested();
  void drainer_died();

  /// True: the world has nothing more to tell.
  bool at_rest() const { return rest_since_ && world_.timeline.now() - *rest_since_ >= Seconds(200); }
  void at_the_end();

 private:
  /// What a drain has done, as the surviving records must know it.
  struct Facts {
    enum class Stage { nothing, draining, drained, undoing, undone } stage = Stage::nothing;
    std::set<std::string> ran, owed, finished, undo_finished, undo_settled, yielded;
    std::map<std::string, int> turn;  ///< of the last start
    void learn(const drain::JournalBody& body);
  };
  struct Source {
    bool calm = false;  ///< no fault since the last good answer that would let it be asked later
    Millis calm_since{0};
    Millis due_from{0};  ///< the next question is due an interval after this
    Millis troubled_at{-1'000'000};
  };
  void tick();
  void check_questions() const;
  void check_told() const;
  Millis late_by() const;
  void check_no_time(const drain::HookFinished& entry);
  void check_finish(const drain::DrainFinished& entry);
  void check_reserve(const drain::HookState& hook);
  void check_turn(const Process& process, const drain::HookState& hook, const drain::State& state) const;
  void check_importance(const drain::HookState& started, const drain::State& state) const;
  bool pause_is_asked_for(const drain::State& state) const;
  void check_idle(Millis since, Millis until, const char* when) const;
  bool waits_for_another_turn(const std::string& hook) const;
  void account(const drain::JournalBody& body);
  const drain::HookOptions& options_of(const std::string& hook) const;
  Millis asked(const std::vector<const drain::HookState*>& hooks) const;
  bool more_hooks_than_lanes(const drain::State& state) const;
  void fix_window(const drain::State& state);
  bool fits(const drain::State& state, bool moved) const;
  std::string seconds(core::BootTime time) const;
  Millis now() const { return world_.timeline.now(); }

  World& world_;
  std::map<std::string, Facts> drains_;  ///< by notice
  std::vector<drain::JournalBody> unwritten_;
  std::set<std::string> applied_;               ///< hooks that ran and were not undone
  std::map<std::string, bool> applied_before_;  ///< what a running drain hook found
  std::set<std::string> tries_again_;
  std::set<std::string> cut_or_left_out_;  ///< by the window, in the drain at work
  std::set<std::string> left_out_;         ///< not started at its turn
  std::set<std::string> run_in_drain_;     ///< started in the drain at work
  Millis stepped_at_{0};
  std::array<Source, 2> sources_;
  int heard_ = 0;                      ///< the newest reclaim that an answer told the watcher of
  bool remembers_ = false;             ///< the watcher found that one's notice when it started
  std::string published_;              ///< the newest notice
  std::optional<std::string> notice_;  ///< that the programs must know of
  /// When good answers showed the watcher the reclaim, and its end, which only metadata knows.
  struct Told {
    std::optional<Millis> at, end_at;
  };
  Told told_;
  Millis slept_{0}, awake_since_{0};
  Millis disturbed_at_{0}, work_began_{0}, watching_since_{0};
  bool refit_ = false, fits_ = false, moved_ = false;
  core::BootTime hooks_end_{};
  std::optional<Millis> rest_since_;
};

}  // namespace preemptd::sim
