#include "drain/plan/resume.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "drain/hooks/hook_options.h"

namespace preemptd::drain {
namespace {

constexpr Seconds kAbsurdlyFar{3600};

Progress::Hook* find(std::vector<Progress::Hook>& hooks, const std::string& name) {
  const auto found = std::find_if(hooks.begin(), hooks.end(), [&](const auto& hook) { return hook.spec.name == name; });
  return found == hooks.end() ? nullptr : &*found;
}

/// Reads a journal entry by entry.
class ProgressReader {
 public:
  explicit ProgressReader(Progress& target) : progress_(target) {}

  void read(const DrainStarted& entry) {
    if (!entry.resumed) {
      progress_ = Progress{};
      for (const auto& planned : entry.hooks)
        progress_.drained.push_back({planned.hook, 0, false, std::nullopt, planned.undo_owed});
    }
    progress_.notice = entry.notice;
    progress_.stage = Progress::Stage::draining;
    progress_.instance_id = entry.notice.instance.instance_id;
    progress_.deadline = entry.deadline;
    progress_.deadline_assumed = entry.deadline_assumed;
    progress_.boot_id = entry.boot_id;
  }
  void read(const HookStarted& entry) {
    if (auto* hook = find(hooks_of(entry.event), entry.hook)) {
      const bool another_turn = entry.turn > hook->turn && hook->attempt > 0;
      hook->undo_owed = hook->undo_owed || hook->interrupted || another_turn;  // what that try did is not known
      hook->attempt = entry.attempt;
      hook->turn = entry.turn;
      hook->interrupted = true;
      hook->outcome.reset();
    }
  }
  void read(const HookFinished& entry) {
    if (auto* hook = find(hooks_of(entry.event), entry.hook)) {
      hook->attempt = std::max(hook->attempt, entry.attempt);
      hook->interrupted = false;
      if (!entry.again && entry.outcome.cause != Cause::new_notice) hook->outcome = entry.outcome;
    }
  }
  void read(const NoticeMoved& entry) {
    progress_.deadline = entry.deadline;
    progress_.deadline_assumed = false;
    for (auto& hook : progress_.drained)  // there may be time for it now
      if (was_left_out(hook) && (hook.spec.options.late || !has_begun_after(hook.spec.stage))) hook.outcome.reset();
  }
  void read(const DrainFinished&) { progress_.stage = Progress::Stage::drained; }
  void read(const UndoStarted& entry) {
    progress_.stage = Progress::Stage::undoing;
    progress_.undo_deadline = entry.deadline;
    progress_.undo_boot_id = entry.boot_id;
    progress_.undone.clear();
    for (const auto& name : entry.hooks)
      if (const auto* hook = find(progress_.drained, name))
        progress_.undone.push_back({hook->spec, 0, false, std::nullopt});
  }
  /// An undo that yielded to another notice is not over: where that one owes nothing, it goes on.
  void read(const UndoFinished&) {
    const bool all = std::all_of(progress_.undone.begin(), progress_.undone.end(),
                                 [](const auto& hook) { return hook.outcome.has_value(); });
    progress_.stage = all ? Progress::Stage::undone : Progress::Stage::undoing;
  }

 private:
  std::vector<Progress::Hook>& hooks_of(HookEvent event) {
    return event == HookEvent::undo ? progress_.undone : progress_.drained;
  }

  static bool was_left_out(const Progress::Hook& hook) {
    return hook.outcome && hook.outcome->ending == Ending::not_started && hook.outcome->cause == Cause::no_time;
  }
  bool has_begun_after(int stage) const {
    return std::any_of(progress_.drained.begin(), progress_.drained.end(),
                       [&](const auto& hook) { return hook.attempt > 0 && hook.spec.stage > stage; });
  }

  Progress& progress_;
};

bool returned(const core::Notice& notice, const Now& here) {
  return notice.state == core::NoticeState::pending && !here.boot_id.empty() && notice.boot_id != here.boot_id &&
         core::deadline_on_this_boot(notice, here.boot_id, here.now, here.wall).passed(here.now);
}

bool of_another_instance(const core::Notice& notice, const Progress& progress) {
  return !progress.instance_id.empty() && !notice.instance.instance_id.empty() &&
         progress.instance_id != notice.instance.instance_id;
}

bool from_the_cloud(const core::Notice& notice) {
  return !notice.rehearsal && !core::is_ours(notice);
}

State base_state(const core::Notice& notice, const DrainSettings& settings, const Now& here) {
  State state;
  state.limits = settings.limits;
  state.limits.report_reserve /= notice.speed;
  state.limits.speed = notice.speed;
  state.undo_window = settings.usual_window / notice.speed;
  state.withdrawn = notice.state == core::NoticeState::withdrawn || returned(notice, here);
  state.undo_reason = undo_reason(notice, here);
  state.boot_id = here.boot_id;
  return state;
}

HookState over(HookSpec spec, int attempt, HookOutcome outcome) {
  return {std::move(spec), Status::over, attempt, 0, {}, {}, {}, {}, std::move(outcome), false};
}
HookState waiting(HookSpec spec, int attempt) {
  return {std::move(spec),
          Status::waiting,
          attempt,
          std::min(attempt, kMostTriesAgain),
          {},
          {},
          {},
          {},
          std::nullopt,
          false};
}

HookOutcome not_started(Cause cause, std::string reason) {
  return {Ending::not_started, 0, 0, false, cause, std::move(reason)};
}

/// A hook's state at the start of an event, from what stands in its folder now.
HookState fresh(const FoundHook& found, HookEvent event, int attempt, int speed) {
  HookSpec spec = found.spec;
  spec.options = sped_up(spec.options, speed);
  if (found.standing == HookStatus::unsafe) return over(spec, attempt, not_started(Cause::unsafe, found.reason));
  if (found.standing != HookStatus::runs) return over(spec, attempt, not_started(Cause::unrunnable, found.reason));
  if (event == HookEvent::drain && !spec.options.on_drain)
    return over(spec, attempt, {Ending::skipped, 0, 0, false, Cause::none, "it is not called for drain"});
  return waiting(std::move(spec), attempt);
}

const FoundHook* counting(const Discovery& found, const std::string& name) {
  const auto hook = std::find_if(found.hooks.begin(), found.hooks.end(), [&](const FoundHook& h) {
    return h.spec.name == name && h.standing != HookStatus::overridden && h.standing != HookStatus::ignored &&
           h.standing != HookStatus::masked;
  });
  return hook == found.hooks.end() ? nullptr : &*hook;
}

/// A hook that an earlier drainer knew.
HookState known(const Progress::Hook& hook, const Discovery& found, HookEvent event, int speed) {
  if (hook.outcome) return over(hook.spec, hook.attempt, *hook.outcome);
  const FoundHook* now = counting(found, hook.spec.name);
  if (now == nullptr) return over(hook.spec, hook.attempt, not_started(Cause::gone, hook.spec.path + " is gone"));
  if (hook.interrupted && !now->spec.options.repeatable)
    return over(hook.spec, hook.attempt,
                {Ending::failed, 0, 0, false, Cause::interrupted,
                 "interrupted by the death of the drainer, and not repeatable"});
  return fresh(*now, event, hook.attempt, speed);
}

std::vector<HookSpec> waiting_specs(const State& state) {
  std::vector<HookSpec> specs;
  for (const auto& hook : state.hooks)
    if (hook.status == Status::waiting) specs.push_back(hook.spec);
  return specs;
}

DrainStarted started_entry(const State& state, const core::Notice& notice, const Discovery& found,
                           const DrainSettings& settings, core::BootTime now) {
  const Plan planned = plan(waiting_specs(state), state.limits, state.window.deadline, now);
  DrainStarted entry;
  entry.notice = notice;
  entry.deadline = state.window.deadline;
  entry.boot_id = state.boot_id;
  entry.report_reserve = state.limits.report_reserve;
  entry.parallel = state.limits.parallel;
  entry.asked = planned.asked;
  entry.available = planned.available;
  entry.fits = planned.fits();
  entry.verdict = verdict(planned);
  entry.backend = settings.backend;
  entry.version = settings.version;
  entry.config_digest = settings.config_digest;
  entry.hooks_digest = found.digest();
  entry.warnings = found.warnings;
  std::size_t next = 0;
  for (const auto& hook : state.hooks) {
    DrainStarted::PlannedEntry planned_entry{
        hook.spec, std::string(name_of(HookStatus::runs)), "", false, {}, {}, {}, Millis(0), hook.undo_owed};
    if (hook.status == Status::waiting) {
      const PlannedHook& p = planned.hooks[next++];
      planned_entry.starts = p.starts;
      planned_entry.start_by = p.start_by, planned_entry.stop_by = p.stop_by, planned_entry.kill_by = p.kill_by;
      planned_entry.short_by = p.short_by;
    }
    if (const FoundHook* here = counting(found, hook.spec.name)) {
      planned_entry.standing = name_of(here->standing);
      planned_entry.reason = here->reason;
    }
    entry.hooks.push_back(std::move(planned_entry));
  }
  return entry;
}

/// Ends that nobody has written down yet.
void append_settled(const State& state, const Progress* before, HookEvent event, std::vector<JournalBody>& entries) {
  for (std::size_t i = 0; i < state.hooks.size(); ++i) {
    const HookState& hook = state.hooks[i];
    const auto& earlier = event == HookEvent::undo ? &Progress::undone : &Progress::drained;
    const bool written =
        before != nullptr && i < (before->*earlier).size() && (before->*earlier)[i].outcome.has_value();
    if (hook.outcome && !written)
      entries.emplace_back(HookFinished{hook.spec.name, event, hook.attempt, *hook.outcome, false, Millis(0), {}, {}});
  }
}

}  // namespace

void advance(Progress& progress, const JournalBody& body) {
  ProgressReader reader(progress);
  std::visit([&](const auto& entry) { reader.read(entry); }, body);
}

Progress progress_of(const std::vector<JournalEntry>& entries) {
  Progress progress;
  for (const auto& entry : entries) advance(progress, entry.body);
  return progress;
}

std::vector<std::string> owed_by(const Progress& progress) {
  std::vector<std::string> undo_owed;
  for (const auto& hook : progress.drained) {
    const bool skipped = hook.outcome && hook.outcome->ending == Ending::skipped;
    const bool ran = (hook.attempt > 0 && !skipped) || hook.undo_owed;
    const auto undone = std::find_if(progress.undone.begin(), progress.undone.end(), [&](const Progress::Hook& other) {
      return other.spec.name == hook.spec.name && other.outcome;
    });
    if (ran && hook.spec.options.on_undo && undone == progress.undone.end()) undo_owed.push_back(hook.spec.name);
  }
  return undo_owed;
}

Memory remember(const core::Notice& notice, const Journals& journals) {
  Memory memory;
  memory.progress = progress_of(decode_journal(journals.in_memory).entries);
  memory.from = Memory::From::memory;
  if (memory.progress.notice.id == notice.id) return memory;
  memory.other = std::exchange(memory.progress, progress_of(decode_journal(journals.on_disk).entries));
  memory.from = memory.progress.stage == Progress::Stage::nothing ? Memory::From::nothing : Memory::From::disk;
  if (memory.other->notice.id.empty()) memory.other = progress_of(decode_journal(journals.other_on_disk).entries);
  if (memory.other->notice.id.empty() || of_another_instance(notice, *memory.other)) memory.other.reset();
  return memory;
}

std::optional<core::Notice> still_to_undo(const core::Notice& notice, const Memory& memory, const Now& here) {
  const bool wanted = notice.state == core::NoticeState::pending && !returned(notice, here);
  if (wanted || !memory.other || owed_by(*memory.other).empty()) return std::nullopt;
  core::Notice before = memory.other->notice;
  before.state = core::NoticeState::withdrawn;
  return before;
}

std::vector<Event> changes(const core::Notice& before, const core::Notice& now, const Window& window, const Now& here) {
  const bool pending = now.state == core::NoticeState::pending;
  if (now.id != before.id) return pending ? std::vector<Event>{Superseded{}} : std::vector<Event>{};
  if (now == before) return {};
  if (!pending) return {Withdrawn{}};
  std::vector<Event> happened;
  if (before.state == core::NoticeState::withdrawn) happened.emplace_back(Renewed{});
  const auto deadline = core::deadline_on_this_boot(now, here.boot_id, here.now, here.wall);
  const auto difference = deadline.at() - window.deadline.at();
  constexpr Millis kNoNews = Seconds(1);  // the cloud gives its times in whole seconds, in a fast rehearsal, too
  if ((difference >= kNoNews || difference <= -kNoNews) && !deadline.passed(here.now))
    happened.emplace_back(Moved{deadline, now.termination_time});
  return happened;
}

std::string_view name_of(Work work) {
  switch (work) {
    case Work::nothing: return "nothing";
    case Work::drain: return "drain";
    case Work::resume: return "resume";
    case Work::undo: return "undo";
    case Work::resume_undo: return "resume undo";
  }
  return "unknown";
}

std::string undo_reason(const core::Notice& notice, const Now& here) {
  return notice.returned || returned(notice, here) ? "returned" : "withdrawn";
}

Task task_for(const core::Notice& notice, const Progress& progress, const Now& here) {
  const bool back = returned(notice, here);
  const bool wanted = notice.state == core::NoticeState::pending && !back;
  const std::string taken_back = back ? "the instance came back after its notice's time" : "the notice was withdrawn";
  const auto stage = of_another_instance(notice, progress) ? Progress::Stage::nothing : progress.stage;
  switch (stage) {
    case Progress::Stage::nothing:
      if (wanted) return {Work::drain, "a new notice"};
      return {Work::nothing, taken_back + ", and nothing had been drained"};
    case Progress::Stage::draining:
      return {Work::resume,
              wanted ? "an earlier drainer did not finish" : "an earlier drainer did not finish, and " + taken_back};
    case Progress::Stage::drained:
      if (wanted) return {Work::nothing, "this notice's drain is finished"};
      return {Work::undo, taken_back};
    case Progress::Stage::undoing: return {Work::resume_undo, "an earlier drainer did not finish the undo"};
    case Progress::Stage::undone:
      if (wanted) return {Work::drain, "the notice is there again"};
      return {Work::nothing, "this notice's drain is undone"};
  }
  return {};
}

WorkingDeadline working_deadline(const core::Notice& notice, const Progress& progress, Work work, const Now& here,
                                 Millis usual_window) {
  const core::Deadline announced = core::deadline_on_this_boot(notice, here.boot_id, here.now, here.wall);
  if (work == Work::resume) {
    const bool keep = progress.deadline_assumed && progress.boot_id == here.boot_id;
    return {keep ? progress.deadline : announced, keep};
  }
  const bool absurd = from_the_cloud(notice) && announced.left(here.now) > Millis(kAbsurdlyFar);
  if (!announced.passed(here.now) && !absurd) return {announced, false};
  return {core::Deadline::after(here.now, usual_window / notice.speed), true};
}

InitialState open_drain(const core::Notice& notice, const Discovery& found, const Progress& progress, Work work,
                        const DrainSettings& settings, const Now& here, const std::vector<std::string>& undo_owed) {
  InitialState opening;
  State& state = opening.state = base_state(notice, settings, here);
  state.phase = Phase::draining;
  const auto working = working_deadline(notice, progress, work, here, settings.usual_window);
  state.window = window_until(working.deadline, here.now, state.limits);
  const bool resumed = work == Work::resume;
  if (resumed) {
    for (const auto& hook : progress.drained) {
      state.hooks.push_back(known(hook, found, HookEvent::drain, notice.speed));
      state.hooks.back().undo_owed = hook.undo_owed || hook.interrupted;
      state.hooks.back().turn = hook.turn;
    }
  } else {
    for (const auto& hook : found.hooks) {
      if (&hook != counting(found, hook.spec.name)) continue;
      state.hooks.push_back(fresh(hook, HookEvent::drain, 0, notice.speed));
      state.hooks.back().undo_owed = std::find(undo_owed.begin(), undo_owed.end(), hook.spec.name) != undo_owed.end();
    }
  }
  DrainStarted started = started_entry(state, notice, found, settings, here.now);
  started.resumed = resumed;
  started.deadline_assumed = working.assumed;
  opening.entries.emplace_back(std::move(started));
  append_settled(state, resumed ? &progress : nullptr, HookEvent::drain, opening.entries);
  return opening;
}

InitialState open_undo(const core::Notice& notice, const Discovery& found, const Progress& progress, Work work,
                       const DrainSettings& settings, const Now& here) {
  InitialState opening;
  State base = base_state(notice, settings, here);
  const bool resumed = work == Work::resume_undo;
  std::vector<HookState> drained;
  for (const auto& hook : progress.drained) {
    HookState state = over(hook.spec, hook.attempt, hook.outcome.value_or(HookOutcome{}));
    state.undo_owed = hook.undo_owed;
    drained.push_back(std::move(state));
  }
  State& state = opening.state = undo_of(drained, std::move(base), here.now);
  std::vector<Progress::Hook> listed = progress.undone;
  if (!resumed) {
    listed.clear();
    for (const auto& hook : state.hooks) listed.push_back({hook.spec, 0, false, std::nullopt});
  } else if (progress.undo_boot_id == here.boot_id && !progress.undo_deadline.passed(here.now)) {
    state.window = window_until(progress.undo_deadline, here.now, state.limits);
  }
  state.hooks.clear();
  UndoStarted started{state.undo_reason, state.window.deadline, state.boot_id, {}};
  for (const auto& hook : listed) {
    started.hooks.push_back(hook.spec.name);
    state.hooks.push_back(known(hook, found, HookEvent::undo, notice.speed));
  }
  if (!resumed) opening.entries.emplace_back(std::move(started));
  append_settled(state, resumed ? &progress : nullptr, HookEvent::undo, opening.entries);
  return opening;
}

}  // namespace preemptd::drain
