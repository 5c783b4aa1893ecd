#pragma once
#include <string>

#include "cli/records/evidence_view.h"
#include "cli/terminal/timeline.h"
#include "drain/journal/journal.h"
#include "drain/journal/record.h"

/// Pure: a drain's record for people.
namespace preemptd::cli {

/// Each hook's plan and what became of it, from `start` to the deadline. A hook still running runs until `now`.
Timeline timeline_of(const drain::Record& record, core::BootTime start, core::BootTime now);

/// Who saw what and when, the deadline, the plan's verdict, the margin, the reports: one fact a line.
Table facts_table(const drain::Record& record, const EvidenceRuns& evidence);

/// One row for each hook: stage, outcome, when it was planned to run and when it ran.
Table hooks_table(const drain::Record& record);

/// One line on a journal entry: "20-save started, until +12.0 s". `start` is the zero of relative times.
std::string sentence_of(const drain::JournalEntry& entry, core::BootTime start);

Tone tone_of(const drain::HookOutcome& outcome);

}  // namespace preemptd::cli
