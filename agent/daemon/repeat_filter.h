#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "core/clock.h"

namespace preemptd::daemon {

/// Keeps a log readable: a line that says the same as one of the last minute is only counted, and the next one that is
/// written tells how many. Remembers 256 lines. Pure; belongs to one thread.
class RepeatFilter {
 public:
  struct Verdict {
    bool write = true;
    std::uint64_t skipped = 0;  ///< the same since it was last written
  };
  Verdict look(const std::string& line, core::BootTime now);

 private:
  struct Known {
    core::BootTime written{};
    std::uint64_t skipped = 0;
  };
  std::map<std::string, Known> known_;
};

}  // namespace preemptd::daemon
