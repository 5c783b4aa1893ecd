#pragma once
#include <string>
#include <vector>

#include "core/result.h"

namespace preemptd::daemon {

/// preemptd's command line.
struct Arguments {
  enum class Do { run, help, version, check };
  Do what = Do::run;
  std::string config_file;        ///< "" = the default place
  std::vector<std::string> sets;  ///< section.key=value, in order
  bool spawn_drain = false;       ///< --spawn-drain: drain.start=always

  /// --config and --set as given, for the drainer we start.
  std::vector<std::string> passed_on() const;
};

/// bad_input: what is wrong, in one sentence.
core::Result<Arguments> parse_arguments(int argc, char** argv);

std::string help_text();

}  // namespace preemptd::daemon
