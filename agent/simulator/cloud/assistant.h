#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "simulator/cloud/registry.h"
#include "simulator/cloud/storage.h"

namespace preemptd::simulator {

/// A Cloud Assistant script kept for later.
struct Command {
  std::string id;
  std::uint64_t sequence = 0;
  std::string name, description, type, content, region, working_dir, user;
  int timeout = 60;
};

/// One instance's share of an invocation.
struct InvokedOn {
  std::string instance;
  bool was_running = true;  ///< else it fails with InstanceNotRunning
};

struct Invocation {
  std::string id;
  std::uint64_t sequence = 0;
  std::string command, region, parameters, repeat_mode = "Once";
  std::vector<InvokedOn> instances;
  core::WallTime created{}, done{};
  bool keep_command = true;
};

struct SystemEvent {
  std::string id;
  std::uint64_t sequence = 0;
  std::string instance, region, type;
  core::WallTime published{}, not_before{};
  bool cancelled = false;

  std::string status(core::WallTime now) const {
    if (cancelled) return "Canceled";
    return now < not_before ? "Scheduled" : "Executed";
  }
};

}  // namespace preemptd::simulator
