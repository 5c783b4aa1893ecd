#pragma once
#include <memory>

#include "core/notice.h"
#include "daemon/disk_jobs.h"
#include "daemon/drains/drain_follower.h"
#include "daemon/drains/drain_starter.h"
#include "daemon/drains/last_word.h"
#include "daemon/drains/notice_files.h"
#include "daemon/reports/evidence_keeper.h"
#include "daemon/sources/watcher.h"
#include "daemon/status/feature_faults.h"
#include "report/outbox/reporter.h"
#include "sys/log/log.h"
#include "sys/loop.h"
#include "sys/spare_fds.h"

namespace preemptd::daemon {

/// Carries out what the watch decides: the notice file, the drain's start, reports, log lines. Belongs to the loop's
/// thread; what it refers to outlives it.
class EffectInterpreter {
 public:
  struct Means {
    sys::Loop& loop;
    sys::Log& log;
    FeatureFaults& faults;
    DiskJobs& disk;
    report::Reporter& reporter;
    DrainFollower& follower;
    LastWord& last_word;
    sys::SpareFds& spare_fds;  ///< for writing the notice, following its drain and starting the drainer
    NoticeFiles files;
    std::string state_folder;
  };
  explicit EffectInterpreter(Means means) : with_(std::move(means)) {}

  /// Once they are there; both may be given what happens from then on.
  void attach(const Watcher& watcher, EvidenceKeeper& evidence) {
    watcher_ = &watcher;
    evidence_ = &evidence;
  }
  /// Null: somebody else starts drains.
  void set_starter(DrainStarter* starter) { starter_ = starter; }

  void carry_out(const watch::Effect& effect);

 private:
  void on(const watch::NoticeSeen& effect);
  void on(const watch::NoticeResumed& effect);
  void on(const watch::NoticeMoved& effect);
  void on(const watch::NoticeAmended& effect);
  void on(const watch::NoticeWithdrawn& effect);
  void on(const watch::NoticeForgotten& effect);
  void on(const watch::AskControlNow&) {}  ///< the watcher has done it
  void on(const watch::Trouble& effect);
  void on(const watch::Recovered& effect);
  void on(const watch::Remark& effect);
  void on(const watch::WentBlind& effect);
  void on(const watch::SightRegained& effect);
  void on(const watch::SourcesDisagree& effect);
  void on(const watch::SourcesAgree& effect);

  void act_on(const core::Notice& notice);
  void publish(const core::Notice& notice);
  void warn_if_nobody_drains(core::Millis after);
  const std::optional<core::Notice>& current() const { return watcher_->state().notice; }

  Means with_;
  const Watcher* watcher_ = nullptr;
  EvidenceKeeper* evidence_ = nullptr;
  DrainStarter* starter_ = nullptr;
  sys::Loop::Handle nobody_drains_, publish_again_;
};

}  // namespace preemptd::daemon
