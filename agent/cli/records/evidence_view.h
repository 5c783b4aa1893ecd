#pragma once
#include <string>
#include <vector>

#include "cli/terminal/output.h"
#include "drain/journal/record.h"
#include "node/evidence.h"

/// Pure: what preemptd noted around a notice, for people.
namespace preemptd::cli {

/// One entry a run of preemptd; empty where nothing is on file.
using EvidenceRuns = std::vector<node::Evidence>;

struct Brief {
  std::string name;  ///< the source, or the sink
  std::string what;
};
/// "metadata": "asked 16 times before it, the last 0.9 s before: no notice; 20 times from then on: 18 notice, 2
/// timed_out". Sources that were not asked are left out.
std::vector<Brief> polls_in_short(const drain::Record& record, const EvidenceRuns& evidence);
/// "ops": "7 delivered, 1 retrying".
std::vector<Brief> deliveries_in_short(const EvidenceRuns& evidence);

/// From the drain's start to the notice, mostly negative: what turns a time of the tables below into the chart's.
core::Millis notice_in_chart(const drain::Record& record);

/// One row for each poll around the notice, by its distance from the moment the notice was seen.
Table polls_table(const drain::Record& record, const EvidenceRuns& evidence);
/// One row for each attempt to deliver a report.
Table deliveries_table(const drain::Record& record, const EvidenceRuns& evidence);

/// When the rows of the two tables happened, from the moment the notice was seen, in the same order.
std::vector<core::Millis> poll_times(const drain::Record& record, const EvidenceRuns& evidence);
std::vector<core::Millis> delivery_times(const drain::Record& record, const EvidenceRuns& evidence);

}  // namespace preemptd::cli
