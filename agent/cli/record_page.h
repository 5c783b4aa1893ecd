#pragma once
#include <string>

#include "drain/record.h"

namespace preemptd::cli {

/// A drain's record as one self-contained HTML page: no script, no font, nothing from the network. Pure.
std::string html_page(const drain::Record& record);

}  // namespace preemptd::cli
