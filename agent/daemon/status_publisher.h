#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "daemon/drains/drain_follower.h"
#include "daemon/sources/watcher.h"
#include "daemon/status/feature_faults.h"
#include "daemon/status/metrics_state.h"
#include "daemon/status/status_file.h"
#include "report/metrics/listener.h"
#include "report/outbox/reporter.h"
#include "sys/loop.h"
#include "sys/service_notify.h"

namespace preemptd::daemon {

/// Who starts a drain here.
enum class DrainStarterKind { preemptd, service_manager, nobody };

/// Puts the status together and brings it to whoever asks: the status file, the service manager, the loopback listener,
/// metrics. Belongs to the loop's thread; what it refers to outlives it.
class StatusPublisher {
 public:
  struct Sources {
    sys::Loop& loop;
    sys::ServiceNotify& service;
    const Watcher& watcher;
    const DrainFollower& follower;
    const report::Reporter& reporter;
    FeatureFaults& faults;
    core::WallTime started_at;
    std::string run_folder;
  };
  explicit StatusPublisher(Sources sources) : from_(std::move(sources)) {}

  /// Now, whatever has changed.
  void write();
  /// For what may come in bursts, as deliveries do.
  void write_soon();
  /// Every few seconds: writes what is due.
  void tick(core::BootTime now);

  Status status() const;
  const std::string& line() const { return line_; }
  /// /status, /metrics, and everything else is the health.
  report::Page page(std::string_view path) const;
  std::string metrics_text() const;

  MetricsState& metrics() { return metrics_; }
  void set_hooks(const HooksStatus& hooks) { hooks_ = hooks; }
  void set_last_record(std::optional<drain::Record> record) { last_record_ = std::move(record); }
  void set_starter(DrainStarterKind kind) { starter_ = kind; }
  /// Nothing: a drain would start.
  void set_no_drain(std::optional<std::string> why) { no_drain_ = std::move(why); }
  void set_changed_files(std::vector<std::string> files) { changed_files_ = std::move(files); }

 private:
  std::string phase() const;

  Sources from_;
  HooksStatus hooks_;
  std::optional<drain::Record> last_record_;  ///< of a drain before this notice
  DrainStarterKind starter_ = DrainStarterKind::nobody;
  std::optional<std::string> no_drain_;
  std::vector<std::string> changed_files_;
  MetricsState metrics_;
  std::string line_, phase_;  ///< as last written
  core::BootTime written_{};
  bool due_ = false;
  sys::Loop::Handle soon_;
};

}  // namespace preemptd::daemon
