#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace preemptd::sys {

/// `notice` is worth a look without being a fault (syslog's priority 5); a level setting counts it as info.
enum class Level { error, warning, notice, info, debug };

/// One line of the log before it is written down.
struct LogEntry {
  Level level = Level::info;
  std::string event;
  std::string text;
  struct Field {
    std::string name, value;
    bool in_text = true;
    auto operator<=>(const Field&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  std::vector<Field> fields;

  auto operator<=>(const LogEntry&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Keeps a log readable: of the same line only so many are written in a minute, the others are counted, and reported
/// when the minute is over. Remembers 256 lines. Pure; belongs to one thread.
class RepeatFilter {
 public:
  struct Verdict {
    bool write = true;
    std::uint64_t skipped = 0;  ///< the same since it was last written
  };
  Verdict admit(const LogEntry& said, int most_a_minute, core::BootTime now);

  /// The lines whose minute is over and that were counted in it, with how often. They count as written now.
  std::vector<std::pair<LogEntry, std::uint64_t>> due(core::BootTime now);

 private:
  struct Known {
    core::BootTime since{};
    int written = 0;  ///< since then
    std::uint64_t skipped = 0;
  };
  std::map<LogEntry, Known> known_;
};

}  // namespace preemptd::sys
