#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "daemon/drains/hook_check.h"
#include "daemon/status/file_stamps.h"
#include "sys/loop.h"
#include "sys/mailbox.h"
#include "sys/worker.h"

namespace preemptd::daemon {

/// Looks again and again at what a drain and the settings rest on: hooks, whether a drain would start, files that have
/// changed since they were read. On a thread of its own, because a path may hang. Belongs to the loop's thread.
class NodeChecks {
 public:
  struct Finding {
    std::optional<HookCheck> hooks;         ///< nothing: the hooks' folders have not changed
    std::optional<std::string> no_drain;    ///< why no drain would start; nothing: one would, or it is not known
    std::vector<std::string> changed = {};  ///< files that have changed since they were read
  };
  using OnFinding = std::function<void(const Finding&)>;

  /// Local: no descriptor for the mailbox.
  static core::Result<std::unique_ptr<NodeChecks>> open(sys::Loop& loop, OnFinding on_finding);

  /// These settings have just been read. `asks_manager`: a service manager starts drains.
  void settings_are(const config::Loaded& loaded, const std::string& main_file, bool asks_manager);
  /// At once, hooks included.
  void look_now();
  /// Every few seconds; looks when it is time. What to say while a look does not come back.
  std::optional<std::string> tick(core::BootTime now);

 private:
  struct Subject {
    config::Config config;
    std::vector<std::string> files;
    bool asks_manager = false;
    FileStamps in_force;                ///< the worker's
    std::optional<FileStamps> folders;  ///< the hooks' folders at the last check; the worker's
  };
  NodeChecks() = default;
  void look();
  static Finding examine(Subject& subject);

  std::shared_ptr<Subject> subject_;
  std::unique_ptr<sys::Mailbox<Finding>> findings_;
  std::optional<core::BootTime> looking_since_;
  core::BootTime next_{};
  sys::Worker worker_{{.end_wait = core::Millis(0)}};  ///< dies first
};

}  // namespace preemptd::daemon
