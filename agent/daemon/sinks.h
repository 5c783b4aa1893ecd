#pragma once
#include <vector>

#include "config/config.h"
#include "core/result.h"
#include "report/reporter.h"

namespace preemptd::daemon {

struct MadeSinks {
  std::vector<report::SinkSetup> sinks;
  std::vector<core::Error> errors;  ///< one for each that cannot be made yet: it fails until its files allow it, the others go on
};

/// The sinks of the configuration, with what their files hold. Reads those files; nothing is sent.
MadeSinks make_sinks(const config::Config& config);

}  // namespace preemptd::daemon
