#pragma once
#include <memory>
#include <optional>
#include <string>

#include "config/load.h"
#include "daemon/arguments.h"
#include "daemon/disk_jobs.h"
#include "daemon/drains/drain_follower.h"
#include "daemon/drains/drain_starter.h"
#include "daemon/drains/last_word.h"
#include "daemon/drains/notice_files.h"
#include "daemon/effect_interpreter.h"
#include "daemon/node_checks.h"
#include "daemon/reports/evidence_keeper.h"
#include "daemon/sources/watcher.h"
#include "daemon/status/feature_faults.h"
#include "daemon/status/progress_watchdog.h"
#include "daemon/status_publisher.h"
#include "node/sink_factory.h"
#include "report/metrics/listener.h"
#include "report/outbox/reporter.h"
#include "sys/file_lock.h"
#include "sys/folder_follower.h"
#include "sys/log/log.h"
#include "sys/loop.h"
#include "sys/service_notify.h"
#include "sys/spare_fds.h"

namespace preemptd::daemon {

/// preemptd, wired: the watch, the notice file, the drain's start and its journal, reports, status. One thread, one
/// loop; what blocks lives in lanes. Nothing the cloud, a disk or a receiver does ends it.
class Daemon {
 public:
  /// refused: another preemptd holds the lock. Other faults: this process cannot work at all (no run folder, no
  /// descriptors).
  static core::Result<std::unique_ptr<Daemon>> open(Arguments arguments, config::Loaded loaded);

  /// Until SIGTERM or SIGINT.
  void run();

 private:
  Daemon(Arguments arguments, config::Loaded loaded, sys::FileLock lock, std::unique_ptr<sys::Loop> loop);
  core::Result<void> wire();
  core::Result<void> listen_to_signals();
  core::Result<void> open_disk();
  core::Result<void> open_reporter();
  core::Result<void> open_watcher();
  void open_drains();
  void set_up_starter();
  void open_metrics();
  void report_unusable_sinks(const node::SinkSet& made);

  void begin();
  void complain_of_configuration();
  void take_up_notice();
  void follow_notice_file();
  void on_signal(int number);
  void reload();
  void apply(config::Loaded loaded);

  void on_journal_entry(const core::Notice& notice, const drain::JournalEntry& entry);
  void on_note(const report::Note& note);
  void on_finding(const NodeChecks::Finding& finding);
  void tick();
  void feed_watchdog();
  void report_start();

  Arguments arguments_;
  config::Loaded loaded_;
  sys::Log log_;
  sys::FileLock lock_;
  sys::SpareFds spare_fds_{3};  ///< for writing the notice, following its drain and starting the drainer
  std::unique_ptr<sys::Loop> loop_;
  sys::ServiceNotify service_;
  NoticeFiles files_;
  core::WallTime started_at_;
  FeatureFaults faults_;
  bool start_reported_ = false;
  std::optional<ProgressWatchdog> asking_;  ///< of the metadata lane

  std::unique_ptr<report::Reporter> reporter_;
  std::unique_ptr<DrainFollower> follower_;
  std::unique_ptr<DrainStarter> starter_;  ///< null: somebody else starts drains
  std::unique_ptr<LastWord> last_word_;
  std::unique_ptr<EffectInterpreter> effects_;
  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<EvidenceKeeper> evidence_;
  std::unique_ptr<StatusPublisher> status_;  ///< null until the watcher is there
  std::unique_ptr<sys::FolderFollower> notice_changes_;
  std::unique_ptr<NodeChecks> checks_;
  std::unique_ptr<DiskJobs> disk_;
  std::unique_ptr<report::Listener> listener_;
  sys::Loop::Handle signals_, tick_;
};

}  // namespace preemptd::daemon
