#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace preemptd::cli {

struct LogsOptions {
  std::string notice, hook, event, since;
  std::int64_t lines = 0;  ///< 0: all
  bool follow = false;
};

/// Pure: the words after "journalctl" that pick these entries of both programs, and systemd's about their units.
std::vector<std::string> journal_query(const LogsOptions& options, bool as_json);

}  // namespace preemptd::cli
