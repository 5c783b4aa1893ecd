#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/notice.h"
#include "daemon/drains/notice_files.h"
#include "daemon/status/feature_faults.h"
#include "drain/journal/record.h"
#include "node/evidence.h"
#include "sys/loop.h"
#include "sys/mailbox.h"
#include "sys/worker.h"

namespace preemptd::daemon {

/// What preemptd does with the disk, in order on a thread of its own, because a disk may hang. A write that fails is a
/// fault of its feature. Belongs to the loop's thread.
class DiskJobs {
 public:
  using OnRecord = std::function<void(std::optional<drain::Record>)>;

  /// Local: no descriptor for a mailbox.
  static core::Result<std::unique_ptr<DiskJobs>> open(sys::Loop& loop, FeatureFaults& faults, OnRecord on_last_record);

  /// For the next boot.
  void keep_notice(const NoticeFiles& files, const core::Notice& notice);
  void write_evidence(const std::string& state_folder, const std::string& notice_id, node::Evidence evidence);
  void write_metrics(const std::string& path, std::string text);
  /// Starts the thread that the kernel has refused so far. To be called now and then.
  void ensure_running() { (void)worker_.start(); }
  /// Gives the newest drain on record to on_last_record; nothing is given without a record.
  void read_last_record(const std::string& state_folder);

 private:
  using Outcome = core::Result<void>;
  explicit DiskJobs(FeatureFaults& faults) : faults_(faults) {}
  core::Result<void> open_boxes(sys::Loop& loop, OnRecord on_last_record);

  FeatureFaults& faults_;
  std::unique_ptr<sys::Mailbox<Outcome>> notice_, metrics_, evidence_;
  std::unique_ptr<sys::Mailbox<std::optional<drain::Record>>> records_;
  sys::Worker worker_;  ///< dies first
};

}  // namespace preemptd::daemon
