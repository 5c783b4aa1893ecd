#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "report/event.h"
#include "report/sink.h"

/// What is still to be reported to whom, and when to try: plain values and functions over them, no thread, clock or
/// file.
namespace preemptd::report {

/// What the outbox knows of a sink.
struct SinkTraits {
  std::string name;
  core::Millis timeout = core::Seconds(10);  ///< of one attempt
  std::vector<std::string> events;           ///< the types it gets; empty: all
  std::size_t merge_progress_above = 16;     ///< when more progress than this waits, it travels merged in a newer event
  core::Millis pause{0};                     ///< least wait after a failed attempt, also while the instance dies
  bool latest_only = false;  ///< it keeps what it got last: all that waits travels in the newest, which none overtakes
};

enum class DeliveryState { owed, delivered, refused, merged };  // merged: reported by a newer one
std::string_view name_of(DeliveryState mark);
std::optional<DeliveryState> delivery_state_from(std::string_view name);

struct Report {
  std::uint64_t number = 0;  ///< the order
  CloudEvent event;
  std::map<std::string, DeliveryState> marks;  ///< by sink
  std::size_t bytes = 0;
  core::BootTime put_at{};
  bool from_before = false;  ///< found on disk at start
  bool may_leave = false;    ///< on disk, or the disk has failed
};

struct SinkState {
  SinkTraits traits;
  std::vector<std::uint64_t> in_flight;  ///< numbers of the reports being tried, the one that carries the others last
  int failures = 0;                      ///< in a row
  core::BootTime not_before{};
  bool told_to_wait = false;  ///< not_before is the receiver's wish
  int lost = 0;               ///< reports dropped unsent since the last delivery; the next one says how many
  bool gone = false;
};

struct Outbox {
  std::vector<SinkState> sinks;
  std::deque<Report> reports;         ///< owed to somebody, in order
  std::optional<core::Deadline> end;  ///< when the instance ends, while it is dying
  std::uint64_t next_number = 1;
  std::deque<std::string> settled_ids;  ///< delivered lately; the same event put again is not delivered again
};

inline constexpr std::size_t kMostReports = 256;
inline constexpr std::size_t kMostBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMostSettled = 256;
/// As many travel in another at most: their summaries must fit into one event.
inline constexpr std::size_t kMostMerged = 64;
/// The first try waits this long for the disk at most: no disk fault may hold a report back.
inline constexpr core::Millis kDiskPatience{500};
/// A report older than this is marked late.
inline constexpr core::Millis kLateAfter = core::Seconds(60);

struct Added {
  std::uint64_t number = 0;     ///< the report's; 0: not taken, being known already or wanted by nobody
  std::vector<Report> dropped;  ///< to make room, oldest first; lost for the sinks they were owed to
};
Added add(Outbox& outbox, CloudEvent event, core::BootTime now);

/// A report from before a restart, marked late. Sinks that are new since then are owed it too; those that are gone,
/// not. False: known already or owed to nobody now.
bool restore(Outbox& outbox, std::uint64_t number, CloudEvent event, const std::map<std::string, DeliveryState>& marks,
             core::BootTime now);

/// The disk has it, or never will.
void stored(Outbox& outbox, std::uint64_t number);

struct Try {
  std::uint64_t number = 0;
  std::vector<std::uint64_t> merged;  ///< remarks.merged are these
  core::Deadline by;
  Remarks remarks;
};
struct WaitUntil {
  core::BootTime time;
};
struct Nothing {};  ///< until something is added or an attempt ends
using Next = std::variant<Try, WaitUntil, Nothing>;

/// What the sink's lane should do now. In order, except that while the instance dies the newest final report goes first
/// and takes older final ones along. Where a sink shows a state, the newest takes all older ones along.
Next next(const Outbox& outbox, std::size_t sink, core::BootTime now);

/// The lane has taken it.
void started(Outbox& outbox, std::size_t sink, const Try& attempt);

/// The lane is done with it. Returns the reports it was about as they stand now, the one that carried the others last,
/// without those that were dropped meanwhile. `jitter` is in [0, 1).
std::vector<const Report*> finished(Outbox& outbox, std::size_t sink, const DeliveryOutcome& outcome, double jitter,
                                    core::BootTime now);

/// The instance ends then, or does not after all. Waits of quieter times end now; one that a receiver asked for stays,
/// but leaves room for a last try.
void set_end(Outbox& outbox, std::optional<core::Deadline> end, core::BootTime now);

/// Gives the outbox other sinks (after a reload); what was in flight counts as not tried, what was owed to a sink that
/// is no more is forgotten, what one of the same name has lost is still to be reported.
void replace_sinks(Outbox& outbox, std::vector<SinkTraits> sinks);

/// Somebody took it out of the outbox. False: it was not there.
bool forget(Outbox& outbox, std::uint64_t number);

bool is_settled(const Report& report);
/// Takes out what is owed to nobody any more. Call it after everything that may settle a report: add, finished,
/// replace_sinks.
std::vector<Report> take_settled(Outbox& outbox);

/// The wait after `failures` failures in a row: full jitter over 0.5 s doubled each time, at most 5 min; at most 1 s
/// while the instance dies, and never so long that a last try would not fit before its end.
core::Millis backoff(int failures, std::optional<core::Millis> asked, double jitter, std::optional<core::Deadline> end,
                     core::BootTime now);

/// Longest time for one attempt: the sink's timeout; while the instance dies also a quarter of what is left, at least 1
/// s.
core::Deadline attempt_deadline(core::Millis timeout, std::optional<core::Deadline> end, core::BootTime now);

}  // namespace preemptd::report
