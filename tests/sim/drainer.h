#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drain/plan/resume.h"
#include "drain/plan/step.h"
#include "world.h"

namespace preemptd::sim {

/// preempt-drain: mirrors drain/drainer, its record and its memory. It may die between any two effects.
class Drainer {
 public:
  explicit Drainer(World& world);

  /// The service manager or the watcher starts it; where one is at work, that is that.
  void start_in(Millis wait);
  bool alive() const { return alive_; }
  /// Its drain or undo is not over.
  bool at_work() const { return alive_ && state_.phase != drain::Phase::resting; }
  const core::Notice& notice() const { return notice_; }
  const drain::State& state() const { return state_; }

  void power_lost();
  void notice_changed();

 private:
  void run();
  void look_at_notice();
  bool work_on(const core::Notice& notice);
  void open_record(const std::string& id);
  void work(drain::Work work);
  std::string newest_other_journal() const;
  void kill_orphans();
  drain::Discovery what_is_found();
  drain::Now here() const;

  void happen(drain::Event happening);
  void take(drain::Step step);
  void go_on();
  void wait_for_disk(Millis wait);
  void carry_out(drain::Append& effect);
  void carry_out(drain::StartHook& effect);
  void carry_out(drain::Terminate& effect);
  void carry_out(drain::Kill& effect);
  void carry_out(drain::Settle& effect);
  void carry_out(drain::Rest& effect);
  void prepare_starts();

  void remember_lines(const std::string& lines);
  void write_lines();
  void write_to_disk();
  void sync();
  void die();
  void end(bool done);

  World& world_;
  Life life_, wake_;
  bool alive_ = false;
  Millis busy_until_{0};
  core::Notice notice_;
  bool record_open_ = false;
  drain::Memory known_;
  drain::State state_;
  std::deque<drain::Effect> effects_;
  bool prepared_ = false;
  std::deque<drain::Event> happened_;
  std::map<std::size_t, std::size_t> running_;  ///< hook -> process
  std::string lines_, memory_text_, disk_text_;
  std::optional<std::string> memory_next_;
  bool disk_given_up_ = false, disk_unread_ = false, on_disk_ = false, first_ = false, notice_changed_ = false;
  int crashes_left_ = 0, effects_until_crash_ = 0;
};

}  // namespace preemptd::sim
