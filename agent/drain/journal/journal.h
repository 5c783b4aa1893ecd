#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/notice.h"
#include "core/result.h"
#include "drain/hooks/hook.h"

/// The journal of a drain: `<state>/drains/<notice id>/journal`, append-only, one entry a line,
///     <CRC-32C of the payload, 8 lower-case hex digits> <payload: one line of JSON>\n
/// Readers stop at the first line that does not check out (a torn tail is normal after a crash) and believe nothing
/// after it. Every payload has `at` (RFC 3339, local wall clock, ms), `boot_ms` (boot clock) and `type`; the other
/// members are listed with the structs below in docs/reference/journal-and-record.md. Unknown types are skipped.
namespace preemptd::drain {

/// Type "drain.started". Written at the start of a drain and, with `resumed`, by every drainer that goes on with it.
struct DrainStarted {
  struct PlannedEntry {
    HookSpec hook;
    std::string standing;  ///< "runs", "unsafe", "unrunnable" (name_of(HookStatus))
    std::string reason;
    bool starts = true;
    core::BootTime start_by{}, stop_by{}, kill_by{};
    Millis short_by{0};
    bool undo_owed = false;  ///< an undo: an earlier notice ran it, and its undo did not come to an end
  };
  core::Notice notice;
  bool resumed = false;
  core::Deadline deadline;  ///< the one in force, on the clock of boot `boot_id`
  std::string boot_id;
  bool deadline_assumed = false;  ///< the notice's time was of no use (past, or absurd): the usual window was taken
  Millis report_reserve{0};
  int parallel = 8;
  Millis asked{0}, available{0};  ///< the plan's verdict
  bool fits = true;
  std::string verdict;
  std::string backend;  ///< how process trees are killed: "cgroup" or "walk"
  std::string version;
  std::string config_digest, hooks_digest;
  std::vector<PlannedEntry> hooks;
  std::vector<std::string> warnings;
};

/// Type "hook.started": on the disk before the hook is executed.
struct HookStarted {
  std::string hook;
  HookEvent event = HookEvent::drain;
  int attempt = 1;
  core::BootTime stop_by{}, kill_by{};
  int turn = 1;  ///< more than 1: of the time that was left when every hook had had its turn
};

/// What is kept of one stream in the journal; the first and last 32 KiB lie in the folder's outputs/.
struct OutputSummary {
  std::uint64_t bytes = 0;    ///< written by the hook
  std::uint64_t dropped = 0;  ///< of those, neither in the first nor in the last 32 KiB
  std::string tail;           ///< the last 1 KiB, made printable
};

/// Type "hook.finished": on the disk before the next stage. Also for hooks that never started.
struct HookFinished {
  std::string hook;
  HookEvent event = HookEvent::drain;
  int attempt = 0;  ///< 0: never started
  HookOutcome outcome;
  bool again = false;  ///< it asked for another try (75) and gets one: not its last word
  Millis took{0};
  OutputSummary out, err;
  int turn = 1;  ///< see HookStarted
};

/// Type "notice.moved": another deadline is in force.
struct NoticeMoved {
  core::Deadline deadline;
  core::WallTime termination_time{};
};

/// Type "drain.finished".
struct DrainFinished {
  bool withdrawn = false;               ///< it ended early because the notice was taken back
  int ok = 0, skipped = 0, failed = 0;  ///< failed: everything else
  Millis margin{0};                     ///< left until the deadline; negative: late
  int not_needed = 0;                   ///< never started, because the notice was taken back
};

/// Type "undo.started".
struct UndoStarted {
  std::string reason;       ///< "withdrawn", "returned"
  core::Deadline deadline;  ///< of the undo, on the clock of boot `boot_id`
  std::string boot_id;
  std::vector<std::string> hooks;  ///< to be called, in this order
};

/// Type "undo.finished".
struct UndoFinished {
  int ok = 0, skipped = 0, failed = 0;
};

using JournalBody =
    std::variant<DrainStarted, HookStarted, HookFinished, NoticeMoved, DrainFinished, UndoStarted, UndoFinished>;

struct JournalEntry {
  core::WallTime at{};
  core::BootTime boot{};
  JournalBody body;
};

/// Longest line anybody will write or read, and longest journal anybody will read.
inline constexpr std::size_t kJournalLineLimit = 1024 * 1024;
inline constexpr std::size_t kJournalLimit = 16 * 1024 * 1024;

/// One line with its checksum and newline.
std::string encode(const JournalEntry& entry);

struct JournalText {
  std::vector<JournalEntry> entries;
  std::size_t good_bytes = 0;  ///< length of the part that checks out: a follower reads on from here
};
/// Never fails: what does not check out ends the reading.
JournalText decode_journal(std::string_view text);

/// Nothing: there is no journal. `folder` is the drain's.
core::Result<std::optional<JournalText>> read_journal(const std::string& folder);

/// Of this notice's drain, as far as it can be known: the one on disk, or the one in memory (memory_journal.h) where
/// that is of the same notice and holds more, because the disk is full or hangs.
core::Result<std::optional<JournalText>> read_journal(const std::string& run_folder, const std::string& folder,
                                                      const std::string& notice_id);

}  // namespace preemptd::drain
