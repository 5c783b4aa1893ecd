#pragma once
#include "core/drain_verdict.h"
#include "drain/journal/record.h"

/// Pure: a record in the numbers that core::drain_verdict() puts into words.
namespace preemptd::node {

/// ok, skipped, or not needed after the notice was withdrawn.
bool went_well(const drain::HookOutcome& outcome);

core::DrainResult result_of(const drain::Record& record);

}  // namespace preemptd::node
