#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/host/child_processes.h"
#include "cli/rehearsal/simulator_admin.h"
#include "cli/rehearsal/webhook_receiver.h"
#include "core/clock.h"
#include "core/json.h"
#include "drain/journal/record.h"
#include "fakes/temp_folder.h"

/// The built programs in a world of their own: a simulated cloud, a webhook, and folders below the build tree. Real
/// drains, not rehearsals. Every wait is bounded; whatever runs is gone when the world is.
namespace preemptd::e2e {

using core::Json;
using core::Millis;
using core::Seconds;

struct Finished {
  int exit = -1;  ///< 128 + signal when a signal ended it; -1: it did not end in time and was killed
  std::string out;
  std::string err;
};

/// Runs a program to its end, at most a minute.
Finished run(const std::string& program, const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"});

/// The path of one of the four programs: of this build, or of the folder PREEMPTD_BIN.
std::string program(const std::string& name);

/// Looks every 10 ms until it is true; false when `most` has passed.
bool eventually(const std::function<bool()>& done, Millis most = Seconds(20));

class World {
 public:
  struct Options {
    std::string configuration;             ///< TOML added to the agent's file
    std::vector<std::string> simulator;    ///< further arguments of preempt-sim serve
    std::vector<std::string> environment;  ///< of the agent
    bool webhook = true;
  };
  World();
  explicit World(const Options& options);

  /// A hook of this name with this body after "#!/bin/sh"; executable.
  void hook(const std::string& name, const std::string& body);
  /// Starts preemptd and waits until it watches; both sources have answered unless `ready` says otherwise.
  void start_agent(const std::function<bool(const Json&)>& ready = both_sources_answer);
  void kill_agent() { children_.kill("preemptd"); }
  void signal_agent(int number) { children_.signal("preemptd", number); }
  bool agent_runs() { return children_.running("preemptd"); }

  /// The cloud announces the end; `more` goes into the request.
  void reclaim(Seconds notice, const Json& more);
  void reclaim(Seconds notice);
  void fault(const Json& fault);
  cli::SimulatorAdmin& cloud() { return *cloud_; }
  cli::WebhookReceiver& webhook() { return *webhook_; }

  /// Waits until the drain is over, and until its last report arrived when there is a webhook.
  bool drained(Millis most = Seconds(30));
  std::optional<drain::Record> record() const;
  drain::HookRecord hook_record(const std::string& name) const;
  std::vector<Json> reports(const std::string& type) const;
  /// Soon there are that many of them; a report may come a moment after the drain's end.
  bool reported(const std::string& type, std::size_t count) const;
  Json status() const;
  /// preemptctl with this world's configuration.
  Finished ctl(std::vector<std::string> arguments) const;

  /// What a hook wrote to $OUT/name; empty when it did not.
  std::string written(const std::string& name) const;
  std::string log() const;
  std::string state() const { return folder_ / "state"; }
  std::string configuration_file() const { return folder_ / "preemptd.toml"; }
  const fakes::TempFolder& folder() const { return folder_; }
  const std::string& metadata_address() const { return metadata_; }

  static bool both_sources_answer(const Json& status);
  static bool both_sources_are_well(const Json& status);
  static bool watches(const Json& status);

  void write_configuration(const std::string& more);
  /// Of the agents started from now on.
  void set_environment(std::vector<std::string> environment) { options_.environment = std::move(environment); }

 private:
  void start_cloud();

  fakes::TempFolder folder_;
  Options options_;
  std::unique_ptr<cli::WebhookReceiver> webhook_;
  std::optional<cli::SimulatorAdmin> cloud_;
  std::string metadata_, api_;
  cli::ChildProcesses children_;
};

}  // namespace preemptd::e2e
