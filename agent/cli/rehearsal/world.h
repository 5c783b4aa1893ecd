#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/host/child_processes.h"
#include "cli/host/interruptible_wait.h"
#include "cli/host/private_folder.h"
#include "cli/rehearsal/simulator_admin.h"
#include "cli/rehearsal/webhook_receiver.h"
#include "config/load.h"
#include "core/json.h"
#include "core/result.h"
#include "drain/journal/record.h"

namespace preemptd::cli {

/// A private cloud, agent and webhook in a private folder: the real programs, nothing of the machine's own state.
/// Everything ends with the object. Belongs to the main thread.
class RehearsalWorld {
 public:
  struct Setup {
    config::Loaded settings;           ///< the operator's: limits and options of drain and hooks are taken over
    std::vector<std::string> folders;  ///< where hooks lie, resolved
    core::Millis notice = core::Seconds(300);
    int speed = 1;
  };

  /// Where the simulator listens: "127.0.0.1:port".
  struct Addresses {
    std::string metadata, api, admin;
  };

  /// Starts simulator and webhook and writes the agent's configuration. bad_input when a program is missing.
  static core::Result<std::unique_ptr<RehearsalWorld>> open(InterruptibleWait& patience, Setup setup);

  /// Starts preemptd and waits until it watches.
  core::Result<void> start_agent();
  /// As kill -9 does.
  void kill_agent() { children_.kill("preemptd"); }
  bool agent_runs() { return children_.running("preemptd"); }
  /// kill -9 of the drainer named in the drain's lock; false when none holds it.
  bool kill_drainer();

  SimulatorAdmin& cloud() { return *cloud_; }
  WebhookReceiver& webhook() { return *webhook_; }
  const Setup& setup() const { return setup_; }
  PrivateFolder& folder() { return *folder_; }
  std::string run_folder() const { return *folder_ / "run"; }
  std::string state_folder() const { return *folder_ / "state"; }
  /// A folder that is searched for hooks after all others.
  std::string extra_hooks() const { return *folder_ / "hooks.d"; }

  /// Nothing: no drain has begun.
  std::optional<drain::Record> record() const;
  std::optional<core::Json> status() const;
  /// The last lines the agent and the drainer wrote, for the person who must find out why.
  std::string agent_log() const;

 private:
  RehearsalWorld(InterruptibleWait& patience, Setup setup, std::unique_ptr<PrivateFolder> folder)
      : patience_(patience), setup_(std::move(setup)), folder_(std::move(folder)) {}
  core::Result<void> start_cloud();
  core::Result<void> write_configuration();

  InterruptibleWait& patience_;
  Setup setup_;
  std::unique_ptr<PrivateFolder> folder_;
  std::unique_ptr<WebhookReceiver> webhook_;
  std::optional<SimulatorAdmin> cloud_;
  Addresses addresses_;
  ChildProcesses children_;
};

/// The agent's configuration for a rehearsal: the operator's drain and hook settings, everything else private. Pure.
std::string rehearsal_configuration(const RehearsalWorld::Setup& setup, const RehearsalWorld::Addresses& addresses,
                                    const std::string& folder, const std::string& webhook_url);

}  // namespace preemptd::cli
