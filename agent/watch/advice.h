#pragma once
#include <string>

#include "core/notice.h"
#include "core/result.h"

namespace preemptd::watch {

/// One line for the log: which source failed how, what still watches (`other_watches`: the other source does), and what
/// an operator can do about it.
std::string advice_for(core::Source source, const core::Error& error, bool other_watches);

}  // namespace preemptd::watch
