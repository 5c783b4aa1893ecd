#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "config/config.h"
#include "daemon/sources/control_lane.h"
#include "daemon/sources/metadata_lane.h"
#include "daemon/sources/poll_result.h"
#include "daemon/sources/poll_stats.h"
#include "node/identity_file.h"
#include "sys/loop.h"
#include "sys/mailbox.h"
#include "watch/watch.h"

namespace preemptd::daemon {

/// The watch, running: both lanes, the watch's state, and the clocks of its answers. Belongs to the loop's thread.
class Watcher {
 public:
  using OnEffect = std::function<void(const watch::Effect&)>;

  /// Local or bad_input: a transport could not be made from the settings. The callback runs on the loop's thread, when
  /// the state already holds what the effect says.
  static core::Result<std::unique_ptr<Watcher>> open(sys::Loop& loop, const config::Config& config, OnEffect on_effect);
  ~Watcher();

  /// A notice found on disk.
  void found(const core::Notice& notice);
  /// Lets time pass: blindness shows by silence.
  void tick();
  /// Other settings from now on; what is known stays known. On an error the old lanes go on.
  core::Result<void> reconfigure(const config::Config& config);

  const watch::State& state() const { return state_; }
  const PollStats& stats() const { return *stats_; }
  /// What went wrong last with a source, until it recovers.
  const std::optional<core::Error>& trouble_of(core::Source source) const {
    return source == core::Source::metadata ? metadata_trouble_ : control_trouble_;
  }
  /// False: control.enabled = false.
  bool asks_control() const { return control_ != nullptr; }
  /// Whether the source that is not this one is asked, and not in trouble as far as is known.
  bool other_watches(core::Source source) const;
  /// How often the metadata service has been asked: it grows for as long as the watch works, whatever is answered.
  std::uint64_t metadata_asked() const { return stats_->metadata.asked_count(); }
  /// Every poll of both lanes; it lives as long as the watcher.
  node::PollLog& polls() { return stats_->polls; }
  /// All time since start in which no notice could have been seen, beyond the ordinary pause between two looks.
  core::Millis unseen_total(core::BootTime now) const { return stats_->unseen.total(now); }

 private:
  explicit Watcher(OnEffect on_effect);
  core::Result<void> start_lanes(const config::Config& config);
  void hear(PollResult heard);
  void step(const watch::Event& event);
  void act(const watch::Effect& effect);
  void take_configured_identity(const config::Control& control);
  void take_identity(core::Result<core::Identity> identity);
  void pass_identity_to_control();
  /// What an earlier watcher of this boot has left word of; who we are counts only where metadata does not say it.
  void recall_boot();
  void recall_identity();
  /// Leaves word for the next one, where there is something new to say.
  void remember_boot();

  OnEffect on_effect_;
  watch::Settings settings_;
  watch::State state_;
  std::string boot_id_, run_folder_, configured_id_;
  bool recalled_ = false;
  bool said_by_metadata_ = false;  ///< who we are
  node::BootMemory remembered_;    ///< as it stands in the file
  std::optional<core::Error> metadata_trouble_, control_trouble_;
  std::shared_ptr<PollStats> stats_;
  std::unique_ptr<sys::Mailbox<PollResult>> mailbox_;
  std::shared_ptr<ResultSender<PollResult>> results_;
  std::unique_ptr<MetadataLane> metadata_;
  std::unique_ptr<ControlLane> control_;  ///< none: control.enabled = false
};

}  // namespace preemptd::daemon
