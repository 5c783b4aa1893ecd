#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/notice.h"
#include "core/result.h"
#include "drain/journal/journal.h"

/// What a drain leaves behind, one folder a notice: `<state>/drains/<notice id>/`
///     journal        what happened, as it happened
///     record.json    the same as one document, written when the drain (and again when its undo) is over
///     outputs/       <hook>.<event>.<attempt>.out and .err: first and last 32 KiB of each stream
///     hooks/<hook>/  PREEMPT_STATE_DIR of each hook
///     lock           held by the drainer at work
namespace preemptd::drain {

/// One hook's plan against what became of it.
struct HookRecord {
  DrainStarted::PlannedEntry plan;
  int attempts = 0;
  int turn = 1;                           ///< of the last attempt; see HookStarted
  std::optional<core::BootTime> started;  ///< of the last attempt
  std::optional<core::BootTime> ended;
  std::optional<HookOutcome> outcome;  ///< nothing: not over (or the drainer died)
  OutputSummary out, err;
  std::optional<HookOutcome> undo;  ///< nothing: not undone
};

enum class DrainState { draining, drained, undoing, undone };
std::string_view name_of(DrainState state);

struct Record {
  core::Notice notice;
  DrainState state = DrainState::draining;
  DrainStarted started;  ///< the newest; its plan is the one in HookRecord::plan
  core::WallTime started_at{};
  core::BootTime started_boot{};
  int drainers = 1;               ///< how many drainers worked on it: more than 1 means crashes were survived
  std::vector<HookRecord> hooks;  ///< in running order
  std::optional<DrainFinished> finished;
  std::optional<core::WallTime> finished_at;
  std::optional<UndoFinished> undone;
};

/// The story told by a journal; nothing when it has no drain.started. Of several drains (a notice that came back after
/// an undo) the last.
std::optional<Record> record_of(const std::vector<JournalEntry>& entries);

core::Json to_json(const Record& record);

/// Reads the journal of a drain's folder into a record. Nothing: no drain there.
core::Result<std::optional<Record>> read_record(const std::string& folder);

/// Ids of all drains below `<state>/drains`, newest first by their journal's time. A missing folder is an empty list.
core::Result<std::vector<std::string>> list_drains(const std::string& state_folder);

/// Where a stream of one run of a hook is kept. `stream` is "out" or "err".
std::string output_path(const std::string& folder, const std::string& hook, HookEvent event, int attempt,
                        const std::string& stream);

/// First and last 32 KiB of a stream, with a line in between saying what was dropped. Nothing: the hook
/// wrote nothing, or the disk lost it.
core::Result<std::optional<std::string>> read_output(const std::string& folder, const std::string& hook,
                                                     HookEvent event, int attempt, const std::string& stream);

/// "<state>/drains/<id>".
std::string drain_folder(const std::string& state_folder, const std::string& notice_id);

}  // namespace preemptd::drain
