#pragma once
#include <optional>
#include <string>

#include "cli/host/metadata_notice.h"
#include "cli/terminal/output.h"
#include "config/config.h"
#include "core/clock.h"

namespace preemptd::cli {

/// The end of this instance, whoever said it.
struct PendingEnd {
  std::string id;  ///< of the agent's notice; empty: from the metadata service
  core::WallTime at{};
  core::Deadline deadline;
};

/// Where no agent runs its notice file says nothing: the metadata service is asked instead, every so often. Says on
/// stderr what it does, once. `config` must outlive it.
class MetadataWatch {
 public:
  MetadataWatch(Output& out, const config::Config& config) : out_(out), config_(config) {}

  /// Nothing when an agent runs, or nobody takes the instance back; between two questions the last answer holds. May
  /// take as long as the metadata service's time limits.
  std::optional<PendingEnd> look();
  /// Neither an agent nor the metadata service can tell, and neither ever did.
  bool hopeless() const { return said_ && !answered_; }

 private:
  void say_once();
  void ask();

  Output& out_;
  const config::Config& config_;
  std::optional<MetadataNotice> metadata_;
  std::optional<core::BootTime> next_;
  std::optional<PendingEnd> last_;
  bool said_ = false;
  bool warned_ = false;
  bool answered_ = false;
};

/// The agent's notice where one is pending, else what MetadataWatch says. An unreadable notice file is reported once,
/// and costs only that source.
class NoticeWatch {
 public:
  NoticeWatch(Output& out, const config::Config& config) : out_(out), config_(config), metadata_(out, config) {}
  std::optional<PendingEnd> look();
  bool hopeless() const { return metadata_.hopeless(); }

 private:
  Output& out_;
  const config::Config& config_;
  MetadataWatch metadata_;
  bool warned_ = false;
};

}  // namespace preemptd::cli
