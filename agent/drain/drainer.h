#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/notice.h"
#include "drain/hooks/account.h"
#include "drain/hooks/discovery.h"
#include "drain/journal/memory_journal.h"
#include "drain/journal/record_writer.h"
#include "drain/plan/resume.h"
#include "drain/plan/step.h"
#include "drain/process/hook_process.h"
#include "drain/process/process_tree.h"
#include "sys/folder_follower.h"
#include "sys/log/log.h"
#include "sys/loop.h"

namespace preemptd::drain {

/// All that the drainer takes from the configuration.
struct DrainerSettings {
  std::string run_folder;    ///< notice.json
  std::string state_folder;  ///< drains/
  Search search;             ///< the gate is set by the notice
  Limits limits;
  Millis usual_window = Seconds(300);
  std::string config_digest;
  int keep_records = 50;
  Millis stand_by{0};  ///< how long to wait for another drainer to end before ExitCode::held
};

/// Exit codes of preempt-drain.
enum class ExitCode {
  done = 0,  ///< the notice's work is over, or was over before
  usage = 2,
  bad_notice = 65,  ///< the notice file holds no notice: starting again does not help
  no_notice = 66,   ///< there is no notice
  failed = 74,      ///< the notice or the hooks could not be read, or the kernel gave too little: start again
  held = 75,        ///< another drainer works on this notice
};

/// The shell around the step function: reads the notice, carries out effects, turns what happens into events. It works
/// until the notice's work is over; a notice that changes meanwhile is followed. One thread, one use.
class Drainer {
 public:
  Drainer(DrainerSettings settings, sys::Log& log);
  ~Drainer();

  /// Does all there is to do: when the notice changed at the last moment, it looks again.
  ExitCode run();

 private:
  /// An ExitCode: why there is none.
  tl::expected<core::Notice, ExitCode> read_notice();
  void finish();
  /// Nothing: it did something, or the notice changed: look again. Else there is nothing (more) to do.
  std::optional<ExitCode> work_on(const core::Notice& notice);
  std::optional<ExitCode> open_record(const std::string& id);
  void recall(const std::string& on_disk, const std::string& other_on_disk);
  void kill_orphans() const;
  void start_backend();
  std::optional<ExitCode> work(Work work);
  /// Nothing: the notice changed meanwhile. `unread` with no hook: they could not be looked at to the end.
  std::optional<Discovery> find_hooks(core::Deadline until);
  void keep_unsure(Discovery& found);
  void begin_work(Work work, Discovery found);

  void follow_notice();
  void on_notice_file();
  void happen(Event happening);
  void take(Step step);
  void carry_out(std::vector<Effect>& effects);
  void carry_out(Append& effect);
  void carry_out(Settle& effect);
  void carry_out(Terminate& effect);
  void carry_out(Kill& effect);
  void carry_out(StartHook& effect);
  void carry_out(Rest&);
  void say_end(const HookFinished& entry);
  void prepare_starts(const std::vector<Effect>& effects);
  /// False: it was settled, or is tried again.
  bool look_again(std::size_t index);
  tl::expected<std::unique_ptr<HookProcess>, StartError> launch(std::size_t index, const Account& account);
  void say_started(std::size_t index);
  void start_failed(std::size_t index, const StartError& error);
  /// Tries again after a growing pause, as long as the hook's time and `lasts` allow; else `cause` is its end.
  void start_later(std::size_t index, Cause cause, const std::string& why, std::optional<Millis> lasts);

  std::optional<ExitCode> open_memory();
  bool wait_for_memory();
  void open_memory_late();
  void remember_lines(const std::string& lines);
  void write_lines();
  /// Waits for what must be safe before the drain goes on; false when the disk does not answer.
  bool flush();
  core::Deadline patience() const;
  void report_losses();
  Now here() const;

  DrainerSettings settings_;
  sys::Log& log_;
  std::string boot_id_;
  std::unique_ptr<sys::Loop> loop_;
  core::Notice notice_;
  std::unique_ptr<MemoryJournal> memory_;  ///< none: the run folder cannot be used
  Memory known_;                           ///< `progress` is kept up to date even where the disk is lost
  std::unique_ptr<KillBackend> backend_;
  Account own_account_;
  bool reset_oom_score_ = false;

  State state_;
  std::optional<core::BootTime> wake_at_;
  std::deque<Event> happened_;
  bool taking_ = false;
  std::map<std::size_t, std::unique_ptr<HookProcess>> running_;
  struct Retry {
    int failed = 0;
    core::BootTime first{};  ///< of the failed starts
    sys::Loop::Handle timer;
  };
  std::map<std::size_t, Retry> retries_;
  std::set<std::string> unsure_;  ///< hooks that could not be looked at: done again when their turn comes
  /// All of this notice's journal that is known or was written: for a copy in memory that could not be opened at once.
  std::string journal_;
  core::BootTime memory_tried_{};
  bool stood_by_ = false;  ///< another drainer was at work when this one started
  std::string lines_;      ///< encoded entries that the writer has not been given yet
  sys::Loop::Handle wake_, signals_;
  std::unique_ptr<sys::FolderFollower> follower_;
  std::vector<std::string> losses_;       ///< what memory could not take, not yet logged
  std::unique_ptr<RecordWriter> record_;  ///< last: its end may wait for the disk
};

}  // namespace preemptd::drain
