#pragma once
#include <string>
#include <vector>

#include "cli/rehearsal/webhook_receiver.h"
#include "cli/terminal/output.h"
#include "drain/journal/record.h"

/// Pure: what a rehearsal showed.
namespace preemptd::cli {

struct Rehearsed {
  core::Millis notice{0};  ///< as asked for, before the speed
  int speed = 1;
  core::BootTime reclaim{};             ///< when the cloud was told to take the instance back
  std::optional<drain::Record> record;  ///< nothing: the drain never began
  std::vector<Received> reports;
  std::vector<std::string> survived;           ///< one sentence a fault
  std::vector<std::string> faults_not_made;    ///< faults that could not be brought about
  std::vector<std::string> real_gate_refuses;  ///< what would not run in a real drain, and why
  std::string expected_to_run_out;             ///< the hook that was added to hang; empty: none
  bool interrupted = false;
};

struct Verdict {
  bool fits = false;        ///< every hook had the time it asked for, and the drain was over by the deadline
  bool succeeded = false;   ///< every hook ended well
  bool reported = false;    ///< the notice, every hook and the end were reported
  std::vector<Cell> lines;  ///< for people

  bool passed() const { return fits && succeeded && reported && complete; }
  bool complete = true;  ///< all faults asked for were made, and nobody interrupted
};

/// Types of the reports that a drain owes and that are not (all) there.
std::vector<std::string> missing_reports(const drain::Record& record, const std::vector<Received>& reports);

Verdict judge(const Rehearsed& rehearsed);
Json as_json(const Rehearsed& rehearsed, const Verdict& verdict);

}  // namespace preemptd::cli
