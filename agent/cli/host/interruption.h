#pragma once
#include "cli/command/command.h"
#include "core/clock.h"

/// Ctrl-C, SIGTERM or a closed terminal while something is being made: what was made has to be named first.
namespace preemptd::cli {

/// While one exists the first such signal ends waits instead of the program; a second one ends it as ever. One at a
/// time, on the main thread.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// `code`, or, where it was interrupted, the end of the program by that signal, with everything written before.
  Exit end_with(Exit code) const;
};

/// A signal came while an Interruption existed.
bool interrupted();

/// Sleeps; false when interrupted() before the time was over.
bool sleep_unless_interrupted(core::Millis time);

}  // namespace preemptd::cli
