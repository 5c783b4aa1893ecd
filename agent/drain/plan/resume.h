#pragma once
#include <string>
#include <vector>

#include "core/notice.h"
#include "drain/hooks/discovery.h"
#include "drain/journal/journal.h"
#include "drain/plan/step.h"

/// What a drainer has to do, decided from the notice and the journal alone. Pure: this is where a crash, a reboot, a
/// repeated notice and a copied state folder are distinguished.
namespace preemptd::drain {

/// How far the newest drain in a journal came.
struct Progress {
  enum class Stage { nothing, draining, drained, undoing, undone };
  struct Hook {
    HookSpec spec;
    int attempt = 0;
    bool interrupted = false;            ///< started, and no end written
    std::optional<HookOutcome> outcome;  ///< its last word
    bool undo_owed = false;              ///< see HookState
    int turn = 1;                        ///< see HookState
  };
  Stage stage = Stage::nothing;
  core::Notice notice;  ///< as the newest drainer found it
  std::string instance_id;
  core::Deadline deadline;  ///< in force when the journal ended, on the clock of boot `boot_id`
  bool deadline_assumed = false;
  std::string boot_id;
  std::vector<Hook> drained;  ///< in running order
  std::vector<Hook> undone;   ///< of the undo, in its order
  core::Deadline undo_deadline;
  std::string undo_boot_id;
};
Progress progress_of(const std::vector<JournalEntry>& entries);
/// One more entry.
void advance(Progress& progress, const JournalBody& body);

/// Hooks that this drain ran and that were not undone to their end: where another notice takes over, it owes them an
/// undo.
std::vector<std::string> owed_by(const Progress& progress);

/// What a drainer knows of its notice and of the one worked on before. Every drainer of a boot writes its journal to
/// memory as well, so a journal found there is the newest, whatever became of the disk.
struct Memory {
  Progress progress;              ///< of this notice
  std::optional<Progress> other;  ///< of another notice of this instance: the one worked on before
  enum class From { nothing, memory, disk } from = From::nothing;  ///< where `progress` was found
};
/// The texts of journals: the one in memory, this notice's on the disk, and the newest other one there.
struct Journals {
  std::string_view in_memory, on_disk, other_on_disk;
};
Memory remember(const core::Notice& notice, const Journals& journals);

enum class Work {
  nothing,      ///< this notice's work is done
  drain,        ///< a new drain
  resume,       ///< go on with the drain of a drainer that died
  undo,         ///< take a finished drain back
  resume_undo,  ///< go on with an undo
};
std::string_view name_of(Work work);

/// This machine, now.
struct Now {
  std::string boot_id;
  core::BootTime now{};
  core::WallTime wall{};
};

struct Task {
  Work work = Work::nothing;
  std::string why;  ///< one sentence for the log
};
/// The notice before, taken back, where this one asks for nothing and that one's undo has not come to its end.
std::optional<core::Notice> still_to_undo(const core::Notice& notice, const Memory& memory, const Now& here);

/// What another text of the notice file means for the work in hand, which follows `before` within `window`. A clock
/// error measured again moves the deadline by less than a second: that is no news.
std::vector<Event> changes(const core::Notice& before, const core::Notice& now, const Window& window, const Now& here);

/// How the instance came back, as undo.started records it: "withdrawn" or "returned".
std::string undo_reason(const core::Notice& notice, const Now& here);

/// A journal of another instance (an image made from a drained one, a copied disk) counts as none. A pending notice of
/// an earlier boot whose time has passed means that the instance came back: what was drained is undone.
Task task_for(const core::Notice& notice, const Progress& progress, const Now& here);

/// The deadline to work to. A notice's time that is past when the drain begins, or (from the cloud) more than an hour
/// away, is of no use: the usual window is taken from now, because "already over, do nothing" would be the worst
/// answer.
struct WorkingDeadline {
  core::Deadline deadline;
  bool assumed = false;
};
WorkingDeadline working_deadline(const core::Notice& notice, const Progress& progress, Work work, const Now& here,
                                 Millis usual_window);

/// Everything that begin() needs.
struct InitialState {
  State state;
  std::vector<JournalBody> entries;  ///< to be appended first
};
struct DrainSettings {
  Limits limits;
  Millis usual_window = Seconds(300);  ///< also the time for an undo
  std::string backend, version, config_digest;
};

/// For Work::drain and Work::resume; `owed` is of the notice before (a resumed drain knows it from its journal). The
/// set of hooks is fixed by the first drain.started: a resumed drain runs no hook that came later, and reports one that
/// went as gone. Hooks that finished keep their outcome; an interrupted one runs again with the next attempt, unless it
/// is not repeatable.
InitialState open_drain(const core::Notice& notice, const Discovery& found, const Progress& progress, Work work,
                        const DrainSettings& settings, const Now& here, const std::vector<std::string>& undo_owed = {});

/// For Work::undo and Work::resume_undo.
InitialState open_undo(const core::Notice& notice, const Discovery& found, const Progress& progress, Work work,
                       const DrainSettings& settings, const Now& here);

}  // namespace preemptd::drain
