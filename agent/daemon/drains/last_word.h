#pragma once
#include <optional>

#include "core/notice.h"
#include "drain/journal/record.h"

namespace preemptd::daemon {

/// When the outside must be told how the drain stands, be it over or not: the deadline less the report's reserve, on
/// the boot clock. As the drainer reckons, once it has begun; `reserve` is for the time before.
core::BootTime last_word_at(const core::Notice& notice, const std::optional<drain::Record>& record,
                            core::Millis reserve);

}  // namespace preemptd::daemon
