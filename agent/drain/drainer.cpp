#include "drain/drainer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "core/crc32c.h"
#include "core/duration.h"
#include "core/identity.h"
#include "core/text.h"
#include "core/version.h"
#include "drain/hooks/contract.h"
#include "drain/hooks/hook_options.h"
#include "drain/hooks/safety.h"
#include "drain/journal/record.h"
#include "sys/files.h"
#include "sys/look.h"

namespace preemptd::drain {
namespace {

using sys::SpawnError;

/// What a failed look at one path may cost the hooks after it. A lack of processes or descriptors is everybody's and
/// has no such bound.
constexpr Millis kLookAgainFor = Seconds(5);
/// The same of a path that does not answer: each look holds up this thread.
constexpr Millis kHangsFor{500};
/// A look in the middle of the drain: other hooks run, and their stop-bys are near.
constexpr LookLimits kShortLook{Millis(50), Millis(300), Millis(100)};

bool is_shortage(int error_number) {
  return error_number == EAGAIN || error_number == ENOMEM || error_number == EMFILE || error_number == ENFILE;
}

std::string why_not_executed(const SpawnError& error, const std::string& path) {
  const bool execve = std::strcmp(error.step, "execve") == 0;
  if (execve && error.error_number == ENOENT) return path + " or the interpreter it names does not exist";
  if (execve && error.error_number == ENOEXEC)
    return path + " is neither a program nor a script: its first line must be like #!/bin/sh";
  return core::describe(sys::to_error(error, path));
}

/// A protection from the OOM killer is the drainer's, not its hooks'.
bool has_oom_score() {
  const auto score = sys::read_file("/proc/self/oom_score_adj", 16);
  return score && *score && core::trim(**score) != "0";
}

/// The notice lies in memory: what fails to read it is a lack that may pass.
core::Result<std::optional<std::string>> read_over_failures(const std::string& path) {
  constexpr int kMostTries = 12;
  constexpr int kFirstPauseMs = 5, kLongestPauseMs = 200;
  int pause = kFirstPauseMs;
  for (int tries = 1;; ++tries) {
    auto text = sys::read_file(path, core::kNoticeFileLimit, sys::Links::refuse);
    if (text || text.error().code != core::ErrorCode::local || tries == kMostTries) return text;
    ::poll(nullptr, 0, pause);
    pause = std::min(pause * 2, kLongestPauseMs);
  }
}

bool is_below(const std::vector<Discovery::UnreadFolder>& folders, const std::string& path) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const auto& unread) { return sys::folder_of(path) == unread.folder; });
}

bool knows_hooks_below(const std::vector<Discovery::UnreadFolder>& folders, const Progress& progress) {
  return std::any_of(progress.drained.begin(), progress.drained.end(),
                     [&](const Progress::Hook& hook) { return is_below(folders, hook.spec.path); });
}

bool has_hook(const Discovery& found, const std::string& name) {
  return std::any_of(found.hooks.begin(), found.hooks.end(),
                     [&](const FoundHook& hook) { return hook.spec.name == name; });
}

sys::Log::Fields about(const std::string& hook) {
  return {{"hook", hook, false}};
}

std::string seconds_text(Millis value) {
  return core::format_duration(std::max(Millis(0), value));
}

}  // namespace

Drainer::Drainer(DrainerSettings settings, sys::Log& log)
    : settings_(std::move(settings)), log_(log), boot_id_(core::current_boot_id()), own_account_(own_account()) {}

Drainer::~Drainer() = default;

Now Drainer::here() const {
  return {boot_id_, core::BootClock::now(), core::system_clock().wall_now()};
}

ExitCode Drainer::run() {
  auto loop = sys::Loop::open();
  if (!loop) {
    log_.error("drainer.failed", core::describe(loop.error()));
    return ExitCode::failed;
  }
  loop_ = std::move(*loop);
  auto signals = loop_->signals({SIGTERM, SIGINT, SIGHUP}, [this](int number) {
    log_.info("drainer.signal", "got " + signal_name(number) +
                                    ", going on: a drain ends when its work is over or its notice is withdrawn");
  });
  if (signals) signals_ = std::move(*signals);
  record_ = std::make_unique<RecordWriter>(settings_.state_folder, settings_.run_folder);
  reset_oom_score_ = has_oom_score();
  follow_notice();
  auto notice = read_notice();
  if (!notice) return notice.error();
  if (const auto code = open_memory()) return *code;
  if (stood_by_) notice = read_notice();  // the other one may have ended what the notice asked for
  if (!notice) return notice.error();
  for (;;) {
    const auto code = work_on(*notice);
    if (code && *code != ExitCode::done) return *code;
    if (code) finish();
    auto again = read_notice();
    if (code && (!again || *again == *notice)) return *code;
    if (again) notice = std::move(again);
  }
}

std::optional<ExitCode> Drainer::open_memory() {
  constexpr int kPausesMs[] = {5, 20, 80, 200, 0};
  core::Error last;
  for (const int pause : kPausesMs) {
    auto memory = MemoryJournal::open(settings_.run_folder);
    if (memory) return memory_ = std::move(*memory), std::nullopt;
    last = memory.error();
    if (last.code != core::ErrorCode::local) break;
    ::poll(nullptr, 0, pause);
  }
  if (last.code == core::ErrorCode::refused) {
    log_.info("drainer.held", "another drainer is at work: " + core::describe(last));
    return wait_for_memory() ? std::nullopt : std::optional(ExitCode::held);
  }
  log_.error("journal.memory_lost", "a crash of this drainer would rely on the disk alone: " + core::describe(last));
  return std::nullopt;
}

/// False: the other drainer still works when the time to stand by is over.
bool Drainer::wait_for_memory() {
  constexpr int kLookEveryMs = 250;
  const auto end = core::Deadline::in(settings_.stand_by);
  while (!end.passed(core::BootClock::now())) {
    ::poll(nullptr, 0, kLookEveryMs);
    auto memory = MemoryJournal::open(settings_.run_folder);
    if (!memory) continue;
    memory_ = std::move(*memory);
    stood_by_ = true;
    return true;
  }
  return false;
}

/// Within the drain, so that the next drainer knows what ran.
void Drainer::open_memory_late() {
  constexpr Millis kTryEvery{200};
  const auto now = core::BootClock::now();
  if (now - memory_tried_ < kTryEvery) return;
  memory_tried_ = now;
  auto memory = MemoryJournal::open(settings_.run_folder);
  if (!memory) return;
  memory_ = std::move(*memory);
  memory_->start_over(journal_);
}

/// systemd starts nobody for a notice that changes while this process lives: whatever takes its time comes before the
/// last look.
void Drainer::finish() {
  running_.clear();
  backend_.reset();
  record_->finish();
  report_losses();
}

tl::expected<core::Notice, ExitCode> Drainer::read_notice() {
  const std::string path = settings_.run_folder + "/notice.json";
  const auto text = read_over_failures(path);
  if (!text) {
    log_.error("notice.unreadable", core::describe(text.error()));
    return tl::unexpected(ExitCode::failed);
  }
  if (!*text) {
    log_.info("notice.missing", "there is no notice: " + path + " does not exist");
    return tl::unexpected(ExitCode::no_notice);
  }
  auto notice = core::parse_notice(**text);
  if (notice) return *notice;
  log_.error("notice.unreadable", path + ": " + notice.error().what);
  return tl::unexpected(ExitCode::bad_notice);
}

std::optional<ExitCode> Drainer::work_on(const core::Notice& notice) {
  const bool known = notice.id == notice_.id;
  notice_ = notice;
  log_.set_context({{"notice", notice.id}});
  if (!known)
    if (const auto code = open_record(notice.id)) return code;
  const Task task = task_for(notice_, known_.progress, here());
  log_.info("drain.task", "notice " + notice_.id + ": " + std::string(name_of(task.work)) + ", " + task.why);
  if (task.work != Work::nothing) return work(task.work);
  record_->complete_record();  // its drainer may have died in the last step
  flush();
  const auto before = still_to_undo(notice_, known_, here());
  return before ? work_on(*before) : ExitCode::done;
}

std::optional<ExitCode> Drainer::open_record(const std::string& id) {
  const auto opening = record_->open(id, patience());
  if (opening == RecordWriter::Opening::hung) {
    log_.error("record.unavailable",
               "the disk with " + settings_.state_folder + " does not answer: draining without a record");
    return recall("", ""), std::nullopt;
  }
  if (opening == RecordWriter::Opening::held) {
    log_.info("drainer.held", "another drainer works on this notice: " + core::describe(record_->holder()));
    return ExitCode::held;
  }
  report_losses();
  const auto& found = *record_->found();
  if (found.base.empty()) log_.error("record.unavailable", "there will be no record of this drain");
  recall(found.text, found.other_text);
  return std::nullopt;
}

void Drainer::recall(const std::string& on_disk, const std::string& other_on_disk) {
  known_ = remember(notice_, {memory_ ? memory_->text() : "", on_disk, other_on_disk});
  if (known_.from == Memory::From::memory)
    record_->catch_up(memory_->text());
  else if (memory_)
    memory_->start_over(on_disk);
  journal_ = known_.from == Memory::From::memory ? memory_->text() : on_disk;
  if (known_.from == Memory::From::disk) remember_lines("");  // a successor in this boot may find the disk hung
}

/// Of every drainer that may have died in this boot, whether or not its journal names it.
void Drainer::kill_orphans() const {
  if (memory_ && memory_->first()) return;
  for (const auto& base : {settings_.state_folder, settings_.run_folder}) {
    kill_orphans_below(hook_state_folders(base, notice_.id));
    if (known_.other) kill_orphans_below(hook_state_folders(base, known_.other->notice.id));
  }
}

void Drainer::start_backend() {
  if (backend_) return;
  backend_ = make_cgroup_backend(core::crc32c_digits(settings_.run_folder));
  if (!backend_) backend_ = make_walk_backend();
}

std::optional<ExitCode> Drainer::work(Work work) {
  kill_orphans();
  start_backend();
  settings_.search.gate = notice_.rehearsal ? GateMode::rehearsal : GateMode::real;
  const auto deadline = working_deadline(notice_, known_.progress, work, here(), settings_.usual_window).deadline;
  auto found = find_hooks(window_until(deadline, core::BootClock::now(), settings_.limits).hooks_end);
  if (!found) return std::nullopt;
  keep_unsure(*found);
  if (found->hooks.empty() && !found->unread.empty()) {
    log_.error("hooks.unreadable",
               "no hook was found because a folder could not be read, so the drain is not over: starting again");
    return ExitCode::failed;
  }
  begin_work(work, std::move(*found));
  return std::nullopt;
}

/// A folder that cannot be read is not an empty one: as long as it is all there is, it is read again.
std::optional<Discovery> Drainer::find_hooks(core::Deadline until) {
  constexpr Millis kFirstPause{50}, kLongestPause{1000};
  for (Millis pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    Discovery found = discover(settings_.search);
    const bool nothing = found.hooks.empty() && !knows_hooks_below(found.unread, known_.progress);
    if (!nothing || found.unread.empty() || until.passed(core::BootClock::now())) return found;
    if (pause == kFirstPause)
      for (const auto& folder : found.unread)
        log_.warning("hook.warning", folder.why + "; no hook was found yet, looking again");
    ::poll(nullptr, 0, static_cast<int>(pause.count()));
    const auto notice = read_notice();
    if (notice && *notice != notice_) return std::nullopt;
  }
}

/// A look that failed is no answer. What it is about has its place in the plan, and is looked at again at its turn.
void Drainer::keep_unsure(Discovery& found) {
  unsure_.clear();
  for (auto& hook : found.hooks) {
    if (hook.look == FoundHook::Look::done || hook.standing != HookStatus::unrunnable) continue;
    hook.warnings.push_back(hook.reason + "; it is looked at again when its turn comes");
    hook.standing = HookStatus::runs;
    unsure_.insert(hook.spec.name);
  }
  for (const auto* earlier : {&known_.progress.drained, &known_.progress.undone})
    for (const auto& hook : *earlier)
      if (is_below(found.unread, hook.spec.path) && !has_hook(found, hook.spec.name)) {
        FoundHook& unread = found.hooks.emplace_back();
        unread.spec = hook.spec;
        unread.look = FoundHook::Look::failed;
        unsure_.insert(hook.spec.name);
      }
}

void Drainer::begin_work(Work work, Discovery found) {
  if (const auto* earlier = record_->found()) predict(found, earlier->history);
  for (const auto& warning : found.warnings) log_.warning("hook.warning", warning);
  for (const auto& hook : found.hooks)
    for (const auto& warning : hook.warnings)
      log_.warning("hook.warning", hook.spec.name + ": " + warning, about(hook.spec.name));
  const DrainSettings drain_settings{settings_.limits, settings_.usual_window, std::string(backend_->name()),
                                     std::string(core::version()), settings_.config_digest};
  const bool undo = work == Work::undo || work == Work::resume_undo;
  const auto undo_owed =
      known_.other ? owed_by(*std::exchange(known_.other, std::nullopt)) : std::vector<std::string>{};
  InitialState opening = undo ? open_undo(notice_, found, known_.progress, work, drain_settings, here())
                              : open_drain(notice_, found, known_.progress, work, drain_settings, here(), undo_owed);
  running_.clear();
  retries_.clear();
  for (const auto& entry : opening.entries) {
    if (const auto* started = std::get_if<DrainStarted>(&entry)) log_.info("plan.verdict", started->verdict);
    if (const auto* settled = std::get_if<HookFinished>(&entry)) say_end(*settled);
  }
  happened_.clear();
  taking_ = true;
  take(begin(std::move(opening.state), std::move(opening.entries), core::BootClock::now()));
  taking_ = false;
  happen(Tick{});
  if (state_.phase != Phase::resting) loop_->run();
}

// The notice while we work.

void Drainer::follow_notice() {
  auto follower = sys::FolderFollower::open(*loop_, settings_.run_folder,
                                            [this](sys::FolderFollower::Change change, const std::string& name) {
                                              if (name == "notice.json" || change == sys::FolderFollower::Change::lost)
                                                on_notice_file();
                                            });
  if (follower)
    follower_ = std::move(*follower);
  else
    log_.warning("notice.unwatched",
                 "changes of the notice will not be seen while hooks run: " + core::describe(follower.error()));
}

void Drainer::on_notice_file() {
  if (state_.phase == Phase::resting) return;
  const auto now = read_notice();
  if (!now) return;
  auto happened = changes(notice_, *now, state_.window, here());
  if (now->id == notice_.id) notice_ = *now;  // another one is looked at when this one is done, or yields
  for (auto& one : happened) {
    if (const auto* moved = std::get_if<Moved>(&one))
      log_.info("notice.moved",
                "the notice moved: " + seconds_text(moved->deadline.left(core::BootClock::now())) + " left");
    happen(std::move(one));
  }
}

// Events in, effects out.

void Drainer::happen(Event happening) {
  happened_.push_back(std::move(happening));
  if (taking_) return;
  taking_ = true;
  while (!happened_.empty() && state_.phase != Phase::resting) {
    const Event next = std::move(happened_.front());
    happened_.pop_front();
    take(step(std::move(state_), next, core::BootClock::now()));
  }
  taking_ = false;
}

void Drainer::take(Step step) {
  state_ = std::move(step.state);
  wake_at_ = step.wake_at;
  wake_.reset();
  if (wake_at_) wake_ = loop_->at(*wake_at_, [this] { happen(Tick{}); });
  carry_out(step.effects);
}

void Drainer::carry_out(std::vector<Effect>& effects) {
  bool prepared = false;
  for (auto& effect : effects) {
    if (std::holds_alternative<StartHook>(effect) && !std::exchange(prepared, true)) prepare_starts(effects);
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
  write_lines();
}

void Drainer::carry_out(Append& effect) {
  advance(known_.progress, effect.body);
  lines_ += encode({core::system_clock().wall_now(), core::BootClock::now(), std::move(effect.body)});
}

/// Before any hook of a step: its folder, and everything the journal must hold, in one sync.
void Drainer::prepare_starts(const std::vector<Effect>& effects) {
  for (const auto& effect : effects) {
    const auto* start = std::get_if<StartHook>(&effect);
    if (start == nullptr) continue;
    const HookSpec& spec = state_.hooks[start->hook].spec;
    auto account = spec.options.user.empty() ? core::Result<Account>(own_account_) : find_account(spec.options.user);
    if (!account) continue;  // starting it will say so
    record_->make_hook_folder(spec.name, account->credentials.uid, account->credentials.gid);
  }
  write_lines();
  flush();
}

void Drainer::carry_out(StartHook& effect) {
  const std::size_t index = effect.hook;
  const HookSpec& spec = state_.hooks[index].spec;
  if (unsure_.count(spec.name) > 0 && !look_again(index)) return;
  const auto account =
      spec.options.user.empty() ? core::Result<Account>(own_account_) : find_account(spec.options.user);
  if (!account && account.error().code == core::ErrorCode::local)
    return start_later(index, Cause::unrunnable, core::describe(account.error()), kLookAgainFor);
  if (!account) return happen(NotStarted{index, Cause::unrunnable, core::describe(account.error())});
  auto process = launch(index, *account);
  if (!process) return start_failed(index, process.error());
  const bool executed = (*process)->executed();
  running_[index] = std::move(*process);
  if (executed) say_started(index);
}

void Drainer::say_started(std::size_t index) {
  const HookState& hook = state_.hooks[index];
  log_.info("hook.started",
            hook.spec.name + ": started, " +
                seconds_text(std::chrono::round<Millis>(hook.stop_by - core::BootClock::now())) + " until its stop-by" +
                (hook.attempt > 1 ? ", attempt " + std::to_string(hook.attempt) : ""),
            about(hook.spec.name));
}

/// What discovery could not find out: the hook's options, and whether it may run at all.
bool Drainer::look_again(std::size_t index) {
  HookSpec& spec = state_.hooks[index].spec;
  Search search = settings_.search;
  search.limits = kShortLook;
  const FoundHook hook = look_at_hook(search, spec.path);
  if (hook.look != FoundHook::Look::done) {
    start_later(index, Cause::unrunnable, hook.reason, hook.look == FoundHook::Look::hangs ? kHangsFor : kLookAgainFor);
    return false;
  }
  unsure_.erase(spec.name);
  if (hook.standing == HookStatus::runs) {
    spec.options = notice_.speed > 1 ? sped_up(hook.spec.options, notice_.speed) : hook.spec.options;
    return true;
  }
  const Cause cause = hook.gone                                 ? Cause::gone
                      : hook.standing == HookStatus::unrunnable ? Cause::unrunnable
                                                                : Cause::unsafe;
  happen(NotStarted{index, cause, hook.reason});
  return false;
}

tl::expected<std::unique_ptr<HookProcess>, StartError> Drainer::launch(std::size_t index, const Account& account) {
  const HookState& hook = state_.hooks[index];
  const HookEvent event = state_.phase == Phase::undoing ? HookEvent::undo : HookEvent::drain;
  const Now now = here();
  const auto on_wall = [&](core::BootTime time) { return now.wall + std::chrono::floor<Millis>(time - now.now); };
  const auto* record = record_->found();
  const std::string base = record != nullptr && !record->base.empty() ? record->base : settings_.state_folder;
  const std::string state_folder = hook_state_folder(base, notice_.id, hook.spec.name);
  const HookCall call{notice_,
                      event,
                      hook.spec.name,
                      hook.attempt,
                      on_wall(hook.stop_by),
                      on_wall(state_.window.deadline.at()),
                      std::chrono::floor<Millis>(hook.stop_by - now.now),
                      state_folder,
                      account};
  HookProcess::Request request;
  request.name = hook.spec.name;
  request.spawn.path = hook.spec.path;
  request.spawn.argv = {hook.spec.path, std::string(name_of(event))};
  request.spawn.env = environment_of(call);
  request.spawn.reset_oom_score = reset_oom_score_;
  if (!hook.spec.options.user.empty()) request.spawn.run_as = account.credentials;
  request.document = document_of(call);
  request.gate = settings_.search.gate;
  request.tree = backend_->tree(hook.spec.name, state_folder);
  return HookProcess::start(*loop_, log_, std::move(request),
                            {[this, index] { say_started(index); },
                             [this, index](const StartError& error) {
                               running_.erase(index);
                               start_failed(index, error);
                             },
                             [this, index](sys::ExitStatus status) {
                               happen(Exited{index, status});
                             }});
}

void Drainer::start_failed(std::size_t index, const StartError& error) {
  const std::string step = error.spawn.step;
  const std::string& path = state_.hooks[index].spec.path;
  if (step == "answer") {
    const std::string at = error.path.empty() || error.path == path ? path + " or its interpreter" : error.path;
    return happen(NotStarted{index, Cause::unrunnable, at + " does not answer: its file system hangs"});
  }
  if (step == "check") {
    const std::string why = sentence(error.refusal);
    if (error.refusal.why == Refusal::Why::look_failed)
      return start_later(index, Cause::unrunnable, why, kLookAgainFor);
    return happen(NotStarted{index, error.refusal.why == Refusal::Why::missing ? Cause::gone : Cause::unsafe, why});
  }
  const std::string why = why_not_executed(error.spawn, path);
  const int number = error.spawn.error_number;
  if (is_shortage(number)) return start_later(index, Cause::unrunnable, why, std::nullopt);
  if (sys::may_pass(number) || number == ETXTBSY) return start_later(index, Cause::unrunnable, why, kLookAgainFor);
  happen(NotStarted{index, Cause::unrunnable, why});
}

void Drainer::start_later(std::size_t index, Cause cause, const std::string& why, std::optional<Millis> lasts) {
  constexpr Millis kFirstPause{20}, kLongestPause{2000};
  const HookState& hook = state_.hooks[index];
  Retry& retry = retries_[index];
  const auto now = core::BootClock::now();
  if (retry.failed++ == 0) retry.first = now;
  const Millis pause = std::min(kLongestPause, kFirstPause * (1 << std::min(retry.failed - 1, 7)));
  core::BootTime start_by = hook.started + (hook.stop_by - hook.started) / 2;  // later it would have too little time
  if (lasts) start_by = std::min(start_by, retry.first + *lasts);
  if (now + pause > start_by) return happen(NotStarted{index, cause, why});
  if (retry.failed == 1)
    log_.warning("hook.start_failed", hook.spec.name + ": " + why + "; trying again", about(hook.spec.name));
  retry.timer = loop_->after(pause, [this, index] {
    StartHook again{index};
    carry_out(again);
  });
}

void Drainer::carry_out(Terminate& effect) {
  const std::string& name = state_.hooks[effect.hook].spec.name;
  log_.warning("hook.stopping", name + ": reached its stop-by, sending SIGTERM to its processes", about(name));
  const auto running = running_.find(effect.hook);
  if (running != running_.end() && running->second->executed()) return running->second->tree().terminate();
  if (running != running_.end()) running_.erase(running);  // still on its way to execve
  retries_.erase(effect.hook);
  happen(NotStarted{effect.hook, Cause::no_time, "it could not be started in time"});
}

void Drainer::carry_out(Kill& effect) {
  const std::string& name = state_.hooks[effect.hook].spec.name;
  log_.warning("hook.killing", name + ": its grace is over, sending SIGKILL to its processes", about(name));
  if (const auto running = running_.find(effect.hook); running != running_.end()) running->second->tree().kill();
}

void Drainer::carry_out(Settle& effect) {
  HookFinished& entry = effect.entry;
  if (const auto running = running_.find(effect.hook); running != running_.end()) {
    HookProcess& process = *running->second;
    process.settle();
    entry.out = process.out().summary();
    entry.err = process.err().summary();
    for (const auto& [stream, capture] : {std::pair("out", &process.out()), std::pair("err", &process.err())})
      if (std::string text = capture->text(); !text.empty()) record_->write_output(entry, stream, std::move(text));
    if (entry.outcome.ending == Ending::ok && entry.event == HookEvent::drain && !notice_.rehearsal)
      record_->learn(entry.hook, entry.took);
    running_.erase(running);
    if (running_.empty()) backend_->kill_strays();
  }
  say_end(entry);
  Append append{std::move(entry)};
  carry_out(append);
}

void Drainer::say_end(const HookFinished& entry) {
  const bool fine = entry.outcome.ending == Ending::ok || entry.outcome.ending == Ending::skipped;
  const std::string line = entry.hook + ": " + describe(entry.outcome) +
                           (entry.took > Millis(0) ? ", after " + seconds_text(entry.took) : "") +
                           (entry.again ? "; it will be tried again" : "");
  if (fine)
    log_.info("hook.finished", line, about(entry.hook));
  else
    log_.error("hook.finished", line, about(entry.hook));
}

void Drainer::carry_out(Rest&) {
  write_lines();
  record_->write_record();
  if (!notice_.rehearsal) record_->write_history();
  flush();
  record_->prune(static_cast<std::size_t>(settings_.keep_records));  // last: everything about this drain is safe
  const bool drained = known_.progress.stage == Progress::Stage::drained;
  log_.info(drained ? "drain.finished" : "undo.finished", drained ? "the drain is over" : "the undo is over");
  loop_->stop();
}

// The record.

void Drainer::remember_lines(const std::string& lines) {
  if (!memory_) open_memory_late();
  journal_ += lines;
  if (!memory_) return;
  if (const auto done = memory_->append(lines); !done) losses_.push_back(core::describe(done.error()));
}

void Drainer::write_lines() {
  if (lines_.empty()) return;
  remember_lines(lines_);
  record_->append(std::exchange(lines_, {}));
}

/// Never past the next stop that is due, but long enough for a busy machine to do what takes no time.
core::Deadline Drainer::patience() const {
  constexpr Millis kAtLeast{20};
  return core::Deadline(std::max(wake_at_.value_or(core::BootTime::max()), core::BootClock::now() + kAtLeast));
}

bool Drainer::flush() {
  const bool written = record_->flush(patience());
  report_losses();
  return written;
}

void Drainer::report_losses() {
  for (const auto& loss : std::exchange(losses_, {})) log_.error("record.not_written", "record not written: " + loss);
  for (const auto& loss : record_->take_losses()) log_.error("record.not_written", "record not written: " + loss);
}

}  // namespace preemptd::drain
