#pragma once
#include <optional>
#include <string>

#include "watch/cadence.h"
#include "watch/watch.h"
#include "world.h"

namespace preemptd::sim {

/// preemptd: both lanes, the watch, the notice file, the drain's start. Mirrors daemon/watcher, the lanes,
/// notice_files, drain_starter and what daemon_effects does for a notice.
class Watcher {
 public:
  explicit Watcher(World& world);

  void start();
  void power_lost();
  bool alive() const { return alive_; }
  const watch::State& state() const { return state_; }
  const watch::Settings& settings() const { return settings_; }
  Millis metadata_interval() const { return metadata_interval_; }
  /// The drainer that this watcher started has ended.
  void drainer_ended(bool done);

 private:
  void crash();
  void maybe_crash();
  void find_notice();
  void step(const watch::Event& event);
  void act(const watch::Effect& effect);
  void act_on(const core::Notice& notice);
  void publish(const core::Notice& notice);
  void keep();
  void see_to_drain();

  void poll_metadata();
  void hear_metadata(const watch::MetadataAnswer& answer, std::optional<int> shows);
  void poll_control();
  void hear_control(const watch::ControlAnswer& answer, std::optional<int> shows);
  void ask_control_now();
  void plan_control(Millis in);

  World& world_;
  watch::Settings settings_;
  watch::State state_;
  Life life_, control_wait_;
  Millis metadata_interval_ = Seconds(1);
  bool alive_ = false;
  bool identified_ = false, asking_control_ = false, nudged_ = false;
  watch::ControlNeed need_ = watch::ControlNeed::usual;
  bool attentive_ = true, told_healthy_ = false;
  std::optional<Millis> told_error_;
  watch::FailureRun control_failures_;
  std::optional<core::BootTime> metadata_good_, control_good_;
  std::optional<Millis> control_asked_;
  bool drainer_follows_ = false, looking_again_ = false;
  int crashes_left_ = 0, acts_until_crash_ = 0;
};

}  // namespace preemptd::sim
