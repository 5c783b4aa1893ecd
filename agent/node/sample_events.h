#pragma once
#include <vector>

#include "report/event.h"

namespace preemptd::node {

/// One event of every type, made as the real ones are; for trying templates on, and for tests of what receivers get.
std::vector<report::CloudEvent> sample_events();

}  // namespace preemptd::node
