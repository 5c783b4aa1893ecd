#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "drain/journal/history.h"
#include "drain/journal/journal.h"
#include "drain/journal/record_folder.h"
#include "drain/journal/state_writer.h"

namespace preemptd::drain {

/// The record of the drain in hand. Two threads of its own do all that may hang with the disk: one writes, one syncs.
/// Every member is for the thread that made the object, and none waits for the disk longer than it says. What only the
/// two threads may touch is out of everybody else's reach.
class RecordWriter {
 public:
  /// The record goes to `<state_folder>/drains/<id>`; where that cannot be written, below `run_folder`, which is
  /// memory.
  RecordWriter(std::string state_folder, std::string run_folder);
  /// Waits a moment for the disk, then leaves the threads behind.
  ~RecordWriter();

  enum class Opening {
    open,
    held,  ///< another drainer works on this notice: see holder()
    hung,  ///< the disk does not answer, or no thread is to be had; what is posted is written if that ever changes
  };
  /// Begins the record of this notice. What was posted for an earlier one still goes there.
  Opening open(const std::string& id, core::Deadline by);
  const core::Error& holder() const { return holder_; }

  /// What was found of earlier drains. Nothing: the disk has not answered yet.
  struct Found {
    std::string base;        ///< the folder the record lies below; empty: no place takes a record
    std::string text;        ///< of the journal
    std::string other_text;  ///< of the newest other journal, where `text` is empty
    History history;
  };
  const Found* found() const;

  /// Makes the journal on the disk read like this.
  void catch_up(std::string text);
  void append(std::string lines);
  /// The state folder of a hook, owned by the account that it runs as.
  void make_hook_folder(const std::string& hook, uid_t owner, gid_t group);
  /// `stream` is "out" or "err".
  void write_output(const HookFinished& entry, const std::string& stream, std::string text);
  /// Remembers how long a hook took; write_history() writes it.
  void learn(const std::string& hook, Millis took);
  void write_record();
  /// Of a drain that is over: writes its record where that is missing or behind the journal.
  void complete_record();
  void write_history();
  /// Removes the oldest records until `most` are left. It may take as long as the disk likes.
  void prune(std::size_t most);

  /// Waits until all that was posted is with the kernel, two seconds at most and not past `by`; a sync is started and
  /// gets a moment. False: the disk does not answer.
  bool flush(core::Deadline by);
  /// At the end, when no hook waits: two seconds for the sync, two for the rest.
  void finish();

  /// What the disk could not do since the last call, as sentences.
  std::vector<std::string> take_losses();

 private:
  struct Notice;  ///< what belongs to one notice and is shared with the threads
  using Job = std::function<core::Result<void>(RecordFolder&)>;
  void post(Job job);
  void lose(const core::Error& error);

  std::string state_folder_, run_folder_;
  core::Error holder_;
  std::string id_;
  std::shared_ptr<Notice> notice_;
  StateWriter writer_, syncer_;  ///< last: their end may wait for the disk
};

}  // namespace preemptd::drain
