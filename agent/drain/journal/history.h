#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "drain/hooks/discovery.h"
#include "drain/journal/record.h"

namespace preemptd::drain {

/// How long hooks took in the last drains that went well: `<state>/drains/durations.json`. The plan predicts by it.
/// Rehearsals are kept apart, because a hook that changes nothing is often quicker: many of them must not push the real
/// durations out.
class History {
 public:
  enum class Kind { real, rehearsed };

  /// An unreadable or foreign text is an empty history: it only predicts.
  static History parse(std::string_view text);
  std::string to_text() const;

  /// The newest eight of each kind are kept of each hook, and 512 hooks at most.
  void add(const std::string& hook, Millis took, Kind kind = Kind::real);
  /// Every hook of a drain that ended well.
  void add(const Record& record);
  /// The 95th percentile of both kinds; nothing: never seen.
  std::optional<Millis> predicted(const std::string& hook) const;
  /// The newest of one kind, oldest first.
  std::vector<Millis> took(const std::string& hook, Kind kind) const;

 private:
  struct Took {
    std::deque<Millis> real, rehearsed;
  };
  std::map<std::string, Took> took_;
};

/// The smallest duration that at least 95 of 100 do not exceed; nothing: there are none.
std::optional<Millis> p95(std::vector<Millis> durations);

/// Path of the history below a state folder.
std::string history_path(const std::string& state_folder);
/// Empty when there is none.
History read_history(const std::string& state_folder);

/// Fills in HookSpec::predicted.
void predict(Discovery& found, const History& history);

}  // namespace preemptd::drain
