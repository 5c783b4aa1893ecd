#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/session/session.h"
#include "ecs/instances/launch.h"

/// What the verbs that make instances can be given.
namespace preemptd::cli {

struct LaunchOptions {
  ecs::Launch launch;
  std::optional<std::int64_t> disk_size;
  std::vector<std::string> data_disks;
  std::vector<std::string> tags;
  std::string user_data_file;
  std::string from;
  std::optional<double> price_limit;
  bool spot = false;
  bool no_wait = false;
  bool public_ip = false;
};

void declare_run(Arguments& arguments, LaunchOptions& options);
void declare_create(Arguments& arguments, LaunchOptions& options);

/// bad_input: what cannot be read, and what the cloud would refuse, or drop without a word.
core::Result<ecs::Launch> launch_from(const LaunchOptions& options);

/// How many a launch asks for.
std::int64_t asked_of(const ecs::Launch& launch);

/// A name in --from's file that the action does not know is sent all the same, but most likely misspelt: warns.
void doubt_names(CloudSession& session, const ecs::Launch& launch, const char* action);

}  // namespace preemptd::cli
