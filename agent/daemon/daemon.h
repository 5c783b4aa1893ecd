#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "daemon/arguments.h"
#include "daemon/drains/drain_follower.h"
#include "daemon/drains/drain_starter.h"
#include "daemon/drains/hook_check.h"
#include "daemon/drains/notice_files.h"
#include "daemon/log.h"
#include "daemon/reports/evidence_keeper.h"
#include "daemon/sources/watcher.h"
#include "daemon/status/metrics_state.h"
#include "daemon/status/progress_watchdog.h"
#include "report/metrics/listener.h"
#include "report/outbox/reporter.h"
#include "sys/file_lock.h"
#include "sys/folder_follower.h"
#include "sys/loop.h"
#include "sys/service_notify.h"
#include "sys/worker.h"

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
  core::Result<void> open_reporter();
  void set_up_drain();
  void set_up_starter();
  void follow_notice_file();
  void complain_of_configuration();
  core::Result<void> open_boxes();
  void open_evidence();
  void open_metrics();

  void on_signal(int number);
  void reload();
  void apply(config::Loaded loaded);
  void check_hooks_soon();
  void look_for_last_drain();
  void on_hooks_checked(const HookCheck& check);

  void on_effect(const watch::Effect& effect);
  void on(const watch::NoticeSeen& effect);
  void on(const watch::NoticeResumed& effect);
  void on(const watch::NoticeMoved& effect);
  void on(const watch::NoticeAmended& effect);
  void on(const watch::NoticeWithdrawn& effect);
  void on(const watch::NoticeForgotten& effect);
  void on(const watch::AskControlNow& effect);
  void on(const watch::Trouble& effect);
  void on(const watch::Recovered& effect);
  void on(const watch::Remark& effect);
  void on(const watch::WentBlind& effect);
  void on(const watch::SightRegained& effect);

  void act_on(const core::Notice& notice);
  void publish(const core::Notice& notice);
  void warn_if_nobody_drains(core::Millis after);
  void plan_last_word();
  void say_last_word();
  void on_journal_entry(const core::Notice& notice, const drain::JournalEntry& entry);
  void on_note(const report::Note& note);

  void tick();
  void feed_watchdog();
  void write_status();
  void write_status_soon();
  void write_metrics();
  report::Page page(std::string_view path) const;
  Status status() const;
  std::string phase() const;
  std::string status_line(const Status& status) const;
  void set_fault(const std::string& feature, std::optional<std::string> why);

  Arguments arguments_;
  config::Loaded loaded_;
  Log log_;
  sys::FileLock lock_;
  std::unique_ptr<sys::Loop> loop_;
  sys::ServiceNotify service_;
  NoticeFiles files_;
  core::WallTime started_at_;
  bool starts_drains_ = false;
  bool agent_reported_ = false;
  HooksStatus hooks_;
  std::optional<drain::Record> last_record_;  ///< of a drain before this notice
  MetricsState metrics_;
  std::map<std::string, std::string> faults_;  ///< by feature lost
  std::string told_line_, told_phase_;
  core::BootTime status_written_{};
  std::optional<ProgressWatchdog> asking_;  ///< of the metadata lane
  bool status_due_ = false;

  std::unique_ptr<report::Reporter> reporter_;
  std::unique_ptr<DrainFollower> follower_;
  std::unique_ptr<DrainStarter> starter_;
  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<EvidenceKeeper> evidence_;  ///< null until the watcher is there
  std::unique_ptr<sys::FolderFollower> notice_changes_;
  std::unique_ptr<sys::Mailbox<HookCheck>> hook_checks_;
  std::unique_ptr<sys::Mailbox<core::Result<void>>> kept_, kept_metrics_, kept_evidence_;
  std::unique_ptr<sys::Mailbox<std::optional<drain::Record>>> last_records_;
  std::unique_ptr<sys::Worker> disk_;  ///< what may block: the kept notice, looking through hooks
  std::unique_ptr<report::Listener> listener_;
  sys::Loop::Handle signals_, tick_, nobody_drains_, publish_again_, last_word_, status_soon_;
};

}  // namespace preemptd::daemon
