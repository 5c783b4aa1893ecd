#pragma once
#include <string>

#include "cli/records/evidence_view.h"
#include "drain/journal/record.h"

namespace preemptd::cli {

/// A drain's record, with what preemptd noted beside it, as one self-contained HTML page: no script, no font, nothing
/// from the network. Pure.
std::string html_page(const drain::Record& record, const EvidenceRuns& evidence);

}  // namespace preemptd::cli
