#pragma once
#include "config/config.h"
#include "core/result.h"
#include "report/sinks/cloud_sinks.h"

namespace preemptd::node {

/// A way to the control plane for one sink, signed as the node, with connections and keys of its own, because a sink
/// has a thread of its own. Nothing is sent before the first call.
core::Result<report::CallCloud> make_cloud_caller(const config::Config& config);

}  // namespace preemptd::node
