#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/identity.h"
#include "core/notice.h"
#include "core/result.h"
#include "daemon/sources/poll_stats.h"

/// What `<run>/status.json` holds: docs/reference/status-file.md. Readable by anybody, nothing secret in it.
namespace preemptd::daemon {

struct SourceStatus {
  bool enabled = true;
  bool announces = false;                     ///< its last answer is a notice
  std::optional<core::Millis> last_good_age;  ///< nothing: never yet
  std::uint64_t good = 0, failed = 0, unreadable = 0;
  std::map<std::string, std::uint64_t> failed_by_fault;
  std::optional<core::Error> trouble;  ///< the last failure, until it recovers
};

struct SinkStatus {
  std::string name;
  std::uint64_t owed = 0;
  int failures = 0;
  bool gone = false;
  std::string last;  ///< what became of the last attempt, in one sentence
};

/// What would be run now, and whether it fits: looked at when the agent starts, reloads, and after each drain.
struct HooksStatus {
  int ok = 0, unusable = 0, ignored = 0;
  bool fits = true;
  std::optional<core::Millis> margin;  ///< nothing: not looked at yet
  std::string verdict;                 ///< one sentence
};

struct HookProgress {
  std::string hook;
  std::string event;    ///< drain or undo
  std::string outcome;  ///< "waiting", "running", or how it ended
  std::optional<core::WallTime> started_at;
  std::optional<core::Millis> took;
};

struct DrainStatus {
  std::string id;
  std::string state;  ///< waiting (for the drainer), running, finished
  std::vector<HookProgress> hooks;
  std::optional<core::Millis> margin;  ///< left until the deadline when it was finished; negative: late
  std::string verdict;                 ///< one sentence; empty while waiting for the drainer
  std::string backend;                 ///< how process trees are killed: cgroup or walk; empty while waiting
};

struct Status {
  core::WallTime written_at{};
  core::WallTime started_at{};
  int pid = 0;
  std::string line;   ///< one sentence, the same as systemctl status shows
  std::string phase;  ///< starting, watching, draining, drained, withdrawn
  core::Identity instance;
  SourceStatus metadata, control;
  node::KeySource key = node::KeySource::not_asked;
  core::Millis clock_error{0};
  bool blind = false;
  struct Disagreement {
    core::Source announcing;  ///< the other source denies the notice
    core::Millis lasts;       ///< at written_at
  };
  std::optional<Disagreement> disagreement;  ///< reported, and not over
  core::Millis longest_unseen{0};
  std::optional<core::Notice> notice;
  std::optional<core::Millis> left;        ///< until the notice's deadline, at written_at
  std::string drain_started_by;            ///< preemptd, systemd, nobody
  std::optional<std::string> no_drain;     ///< why no drain would start; nothing: one would, as far as is known
  std::vector<std::string> changed_files;  ///< settings that have changed since they were read
  HooksStatus hooks;
  std::optional<DrainStatus> drain;  ///< the notice's, else the last one; nothing: none yet
  std::vector<SinkStatus> sinks;
  std::uint64_t reports_waiting = 0;
  std::vector<std::string> faults;  ///< features lost and why: a state folder that cannot be written, a bad reload
};

std::string to_json_text(const Status& status);

}  // namespace preemptd::daemon
