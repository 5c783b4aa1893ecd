#include "judge.h"

#include <algorithm>

#include "cloud.h"
#include "drain/journal/journal.h"
#include "drainer.h"
#include "watcher.h"

namespace preemptd::sim {

using drain::HookEvent;
using drain::Status;

namespace {

constexpr Millis kTick = Seconds(5);
/// From the first good answer that shows a notice, or the last trouble, until its drain must have begun: a start
/// (twice, if the first one is lost), an undo's graces, a hook that survives its SIGKILL.
constexpr Millis kStartsWithin = Seconds(20);
/// Trouble this shortly before an end excuses lateness.
constexpr Millis kShortly = Seconds(20);
/// After the last word of the cloud everything comes to rest within this time.
constexpr Millis kRestsWithin = std::chrono::minutes(40);
/// Nobody uses the hooks' time for at most so long while a hook waits for another turn.
constexpr Millis kIdle = Seconds(1);

int stage_of(const World& world, const std::string& name) {
  for (const auto& found : world.machine->hooks.hooks)
    if (found.spec.name == name) return found.spec.stage;
  return 0;
}

/// Beside those that pause before another try.
bool has_a_free_lane(const drain::State& state) {
  return std::count_if(state.hooks.begin(), state.hooks.end(), [](const drain::HookState& hook) {
           return hook.status == Status::waiting && hook.not_before > core::BootTime{};
         }) < state.limits.parallel;
}

bool runs(const drain::HookState& hook) {
  return hook.status == Status::running || hook.status == Status::stopping || hook.status == Status::killing;
}

std::size_t index_of(core::Source source) {
  return source == core::Source::metadata ? 0 : 1;
}

}  // namespace

Judge::Judge(World& world) : world_(world) {
  world.timeline.at(kTick, [this] { tick(); });
}

void Judge::fail(const char* law, const std::string& what) const {
  throw Violation{law, what, now()};
}

void Judge::disturbed(const char* by, Millis lasts) {
  disturbed_at_ = std::max(disturbed_at_, now() + lasts);
  rest_since_.reset();
  refit_ = true;
  if (lasts > Millis(0)) slept_ = lasts, awake_since_ = now() + lasts;
  for (Source& source : sources_) source.due_from = std::max(source.due_from, now() + lasts);
  (void)by;
}

/// How old an answer may be that was on its way when the machine fell asleep.
Millis Judge::late_by() const {
  return now() - awake_since_ < Seconds(60) ? slept_ : Millis(0);
}

std::string Judge::seconds(core::BootTime time) const {
  return std::to_string(std::chrono::floor<Millis>(time - world_.machine->boot_now()).count()) + " ms from now";
}

void Judge::tick() {
  world_.timeline.at(now() + kTick, [this] { tick(); });
  if (world_.machine->on() && now() >= world_.timeline.awake_at()) {
    check_questions();
    check_told();
  }
  const bool resting = world_.cloud->has_spoken() && world_.machine->on() && world_.watcher->alive() &&
                       !world_.drainer->alive() && !world_.machine->any_process();
  if (!resting)
    rest_since_.reset();
  else if (!rest_since_)
    rest_since_ = now();
  const bool over = now() > std::max(disturbed_at_, Millis(Seconds(2500))) + kRestsWithin;
  if (over && !resting && world_.cloud->has_spoken() && world_.machine->ever_again())
    fail("the machine always comes to rest", "preempt-drain or a hook is still at work");
}

// The watch.

void Judge::watcher_started() {
  told_ = {};
  watching_since_ = now();
  for (Source& source : sources_) source = Source{};
  const Machine& machine = *world_.machine;
  const auto& kept = machine.disk.health == Disk::Health::hung ? machine.run.notice
                     : machine.run.notice                      ? machine.run.notice
                                                               : machine.disk.notice;
  remembers_ = kept && core::parse_notice(*kept)->id == published_ && heard_ == world_.cloud->newest();
  if (!kept) {
    notice_.reset();
    applied_.clear();
  }
}

void Judge::asked(core::Source which, std::optional<core::ErrorCode> fault) {
  Source& source = sources_[index_of(which)];
  source.due_from = now();
  if (!fault) {
    if (!std::exchange(source.calm, true)) source.calm_since = now();
    return;
  }
  source.troubled_at = now();
  if (*fault == core::ErrorCode::denied || *fault == core::ErrorCode::throttled ||
      which == core::Source::operation_lock)
    source.calm = false;
}

void Judge::heard(core::Source by, std::optional<int> shows) {
  const auto& reclaim = world_.cloud->reclaim();
  if (shows) heard_ = *shows;
  if (shows && reclaim && reclaim->number == *shows && world_.cloud->shown_within(Millis(0))) {
    if (!told_.at) told_.at = now();
    if (!told_.end_at && by == core::Source::metadata) told_.end_at = now();
  }
}

/// A source that answers is asked once an interval, ten per cent more or less, and a time limit of the question before.
void Judge::check_questions() const {
  if (!world_.watcher->alive()) return;
  const std::array limits{world_.watcher->metadata_interval() * 11 / 10 + Millis(800),
                          world_.watcher->settings().control_interval * 11 / 10 + Millis(Seconds(12))};
  for (std::size_t i = 0; i < limits.size(); ++i)
    if (sources_[i].calm && now() - sources_[i].due_from > limits[i])
      fail("a source that answers is asked once an interval", i == 0 ? "metadata" : "the control plane");
}

void Judge::check_told() const {
  if (!told_.at || !world_.cloud->shown_within(Millis(0))) return;
  const Millis could_hear_since = std::max(watching_since_, sources_[0].troubled_at);
  const bool over_before = world_.cloud->shown_end().value_or(Millis(0)) < could_hear_since;
  const bool metadata_tells =
      world_.cloud->metadata_shows() && !over_before && now() - sources_[0].troubled_at >= Seconds(60);
  const bool control_answers = sources_[1].calm && now() - sources_[1].calm_since >= Seconds(60);
  const bool lock_tells = control_answers && world_.cloud->lock_shows() && !world_.watcher->state().lock.stale;
  if (world_.machine->back_from_before() && !metadata_tells && !lock_tells) return;  // it looks like an old one
  if (now() - std::max({*told_.at, disturbed_at_, work_began_}) < kStartsWithin) return;
  const Drainer& drainer = *world_.drainer;
  if (drainer.at_work() && drainer.state().phase == drain::Phase::draining) return;
  const auto& notice = world_.watcher->state().notice;
  const bool pending = notice && notice->state == core::NoticeState::pending;
  const auto drain = pending ? drains_.find(notice->id) : drains_.end();
  if (drain == drains_.end() ||
      (drain->second.stage != Facts::Stage::draining && drain->second.stage != Facts::Stage::drained))
    fail("a notice that a source shows starts a drain",
         pending ? notice->id + " is known, and nobody drains" : "nobody knows of it");
}

void Judge::notice_seen(const core::Notice& notice) {
  const bool old =
      !remembers_ &&
      world_.cloud->showed_old_within(
          Seconds(12) +
          late_by());  // what a reclaim left behind that is forgotten, or was never heard of, looks like a new one
  if (!old && !world_.cloud->shown_within(Seconds(12) + late_by()))
    fail("nothing but a notice starts a drain", notice.id + " is not in the cloud");
  if (notice_) fail("a notice starts exactly one drain", notice.id + " comes beside " + *notice_);
}

void Judge::published(const core::Notice& notice) {
  published_ = notice.id;
  if (notice.state == core::NoticeState::pending) notice_ = notice.id;
}

void Judge::notice_withdrawn(const core::Notice& notice) {
  const bool came_back = notice.returned && notice.termination_time <= world_.cloud->time();
  if (!came_back && !world_.cloud->clear_within(Seconds(45) + late_by()))
    fail("a notice is taken back only when both sources show none", notice.id);
  notice_.reset();
  told_ = {};
}

void Judge::shown_changed() {
  if (!world_.cloud->metadata_shows() && !world_.cloud->lock_shows()) told_ = {};
}

/// The truth's end. Whoever knew it in time must be through.
void Judge::machine_goes() {
  const bool knew = told_.at && world_.cloud->metadata_shows() && sources_[0].calm && world_.watcher->alive();
  const Millis excused = std::max({disturbed_at_, sources_[0].troubled_at, told_.end_at.value_or(now())});
  const Millis end = std::min(now(), world_.cloud->shown_end().value_or(now()));
  if (!knew || end - excused < kShortly || !notice_) return;
  const auto& drain = drains_[*notice_];
  if (drain.stage != Facts::Stage::drained)
    fail("the last report is queued before the machine goes", *notice_ + " is not drained");
}

// Records.

void Judge::Facts::learn(const drain::JournalBody& body) {
  if (const auto* entry = std::get_if<drain::DrainStarted>(&body)) {
    if (!entry->resumed) *this = {};
    stage = Stage::draining;
    for (const auto& hook : entry->hooks)
      if (hook.undo_owed) ran.insert(hook.hook.name), owed.insert(hook.hook.name);
  } else if (const auto* start = std::get_if<drain::HookStarted>(&body)) {
    if (start->event == HookEvent::drain) ran.insert(start->hook), turn[start->hook] = start->turn;
  } else if (const auto* end = std::get_if<drain::HookFinished>(&body)) {
    const bool yields = end->outcome.cause == drain::Cause::new_notice;
    const bool another_turn = end->outcome.cause == drain::Cause::no_time && end->event == HookEvent::drain;
    const bool skipped =
        end->outcome.ending == drain::Ending::skipped && !owed.contains(end->hook) && turn[end->hook] == 1;
    if (end->event == HookEvent::drain && skipped) ran.erase(end->hook);
    if (end->event == HookEvent::undo && yields) yielded.insert(end->hook);
    if (end->event == HookEvent::undo && !yields && !end->again) undo_settled.insert(end->hook);
    if (end->outcome.ending != drain::Ending::not_started && !end->again && !yields && !another_turn)
      (end->event == HookEvent::undo ? undo_finished : finished).insert(end->hook);
  } else if (std::holds_alternative<drain::DrainFinished>(body)) {
    stage = Stage::drained;
  } else if (std::holds_alternative<drain::UndoStarted>(body)) {
    stage = Stage::undoing;
    undo_finished.clear();
    undo_settled.clear();
  } else if (std::holds_alternative<drain::UndoFinished>(body)) {
    stage = yielded.empty() ? Stage::undone : Stage::undoing;
    yielded.clear();
  }
}

void Judge::power_lost() {
  const Disk& disk = world_.machine->disk;
  disturbed("a loss of power");
  unwritten_.clear();
  told_ = {};
  drains_.clear();
  cut_or_left_out_.clear();
  for (const auto& [id, journal] : disk.journals)
    for (const auto& entry : drain::decode_journal(journal.text).entries) drains_[id].learn(entry.body);
  const auto kept = disk.notice ? core::parse_notice(*disk.notice) : tl::unexpected(core::Error{});
  if (!kept || notice_ != kept->id) notice_.reset();
  if (!kept || published_ != kept->id) heard_ = 0;
  const auto known = kept ? drains_[kept->id] : Facts{};
  run_in_drain_ = known.ran;
  std::erase_if(applied_, [&](const std::string& hook) {
    return known.stage == Facts::Stage::undone || !known.ran.contains(hook) || known.undo_settled.contains(hook);
  });
}

void Judge::record_opened(const std::string& id, bool first_of_boot, bool disk_hung) {
  if (!first_of_boot || !disk_hung) return;
  std::erase_if(applied_, [&](const std::string& hook) { return drains_[id].ran.contains(hook); });
  drains_[id] = {};
}

void Judge::drainer_died() {
  unwritten_.clear();
  disturbed("a death of preempt-drain");
}

void Judge::work_begins(const core::Notice& notice, drain::Work work, const drain::State& state) {
  work_began_ = now();
  refit_ = false;
  stepped_at_ = now();
  if (work == drain::Work::drain) {
    tries_again_.clear();
    cut_or_left_out_.clear(), left_out_.clear(), run_in_drain_.clear();
  }
  fix_window(state);
  fits_ = fits(state, false);
  moved_ = false;
  if (work == drain::Work::drain && drains_[notice.id].stage != Facts::Stage::nothing &&
      drains_[notice.id].stage != Facts::Stage::undone)
    fail("a notice starts exactly one drain", notice.id + " is drained again");
}

void Judge::told(const drain::JournalBody& body) {
  if (const auto* end = std::get_if<drain::HookFinished>(&body)) {
    check_no_time(*end);
    if (end->again) refit_ = true;                          // a second try asks for the whole of its time again
    for (const auto& hook : world_.drainer->state().hooks)  // it hung in the kernel, and that is nobody's fault
      if (hook.spec.name == end->hook && end->outcome.sent_by_us &&
          world_.machine->boot_now() > hook.kill_by + Millis(50))
        refit_ = true;
  }
  if (const auto* end = std::get_if<drain::DrainFinished>(&body)) check_finish(*end);
  if (std::holds_alternative<drain::NoticeMoved>(body)) {
    fix_window(world_.drainer->state());
    fits_ = fits(world_.drainer->state(), true);
    moved_ = true;
  }
  account(body);
  unwritten_.push_back(body);
}

void Judge::written() {
  auto& drain = drains_[world_.drainer->notice().id];
  for (const auto& body : unwritten_) drain.learn(body);
  unwritten_.clear();
}

/// Which hooks are drained now.
void Judge::account(const drain::JournalBody& body) {
  const auto* end = std::get_if<drain::HookFinished>(&body);
  if (end == nullptr) return;
  if (end->again && end->event == HookEvent::drain) tries_again_.insert(end->hook);
  if (end->event == HookEvent::drain) cut_or_left_out_.erase(end->hook);
  if (end->event == HookEvent::drain && end->attempt > 0) run_in_drain_.insert(end->hook);
  if (end->event == HookEvent::drain && end->outcome.cause == drain::Cause::no_time) {
    cut_or_left_out_.insert(end->hook);
    if (end->attempt == 0) left_out_.insert(end->hook);
  }
  if (end->event == HookEvent::undo) {
    if (end->outcome.cause != drain::Cause::new_notice && !end->again) applied_.erase(end->hook);
  } else if (end->outcome.ending == drain::Ending::skipped || end->outcome.cause == drain::Cause::gone) {
    if (end->attempt > 0 && !applied_before_[end->hook]) applied_.erase(end->hook);
  }
}

// Hooks.

const drain::HookOptions& Judge::options_of(const std::string& hook) const {
  for (const auto& found : world_.machine->hooks.hooks)
    if (found.spec.name == hook) return found.spec.options;
  fail("a hook is one of those found", hook);
}

void Judge::fix_window(const drain::State& state) {
  const auto deadline = state.window.deadline;
  hooks_end_ =
      deadline.at() - std::min(world_.machine->limits.report_reserve, deadline.left(world_.machine->boot_now()) / 4);
}

/// What these hooks ask for, one round after the other.
Millis Judge::asked(const std::vector<const drain::HookState*>& hooks) const {
  Millis sum{0}, round{0};
  int in_round = 0;
  auto least_important = drain::Importance::critical;  // a share goes before what less important hooks reserve
  bool quicker = false;                                // and before what is reserved beyond experience
  for (const auto* hook : hooks) quicker = quicker || (hook->spec.predicted && options_of(hook->spec.name).reserve);
  for (const auto* hook : hooks) least_important = std::max(least_important, options_of(hook->spec.name).importance);
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    const drain::HookSpec& spec = hooks[i]->spec;
    const auto& options = options_of(spec.name);
    if (options.reserve) round = std::max(round, *options.reserve + options.grace);
    if (spec.predicted) round = std::max(round, drain::likely_need(spec, 1) + options.grace);
    const bool asks = spec.predicted || options.timeout || options.importance < least_important || quicker;
    if (asks) round = std::max(round, std::min(Millis(Seconds(10)), options.timeout.value_or(Seconds(10))));
    ++in_round;
    const bool last = i + 1 == hooks.size() || hooks[i + 1]->spec.stage != hooks[i]->spec.stage ||
                      in_round == world_.machine->limits.parallel;
    if (!last) continue;
    sum += round;
    round = Millis(0), in_round = 0;
  }
  return sum;
}

bool Judge::more_hooks_than_lanes(const drain::State& state) const {
  return std::any_of(state.hooks.begin(), state.hooks.end(), [&](const auto& hook) {
    return std::count_if(state.hooks.begin(), state.hooks.end(), [&](const auto& other) {
             return other.spec.stage == hook.spec.stage;
           }) > world_.machine->limits.parallel;
  });
}

/// All that the hooks ask for can be kept from now on. Where a stage has more hooks than lanes, the rounds of the plan
/// are not those in which hooks then start, so nothing is held against it.
bool Judge::fits(const drain::State& state, bool moved) const {
  if (more_hooks_than_lanes(state)) return false;
  const core::BootTime here = world_.machine->boot_now();
  core::BootTime from = here;
  std::vector<const drain::HookState*> waiting;
  for (const auto& hook : state.hooks) {
    const bool no_time = moved && hook.outcome && hook.outcome->cause == drain::Cause::no_time;
    if (hook.status == Status::waiting || no_time || (hook.status == Status::running && hook.started == here))
      waiting.push_back(&hook);
    else if (runs(hook) && moved)  // it goes on with what is left of what it asks for
      from = std::max(from, std::max(here, hook.started + asked({&hook}) + hook.spec.options.grace) + Seconds(3));
    else if (runs(hook))
      from = std::max(from, hook.kill_by + Seconds(3));
  }
  return from + asked(waiting) <= hooks_end_;
}

void Judge::check_reserve(const drain::HookState& hook) {
  const auto& options = options_of(hook.spec.name);
  auto reserve = options.timeout && options.reserve ? std::min(options.timeout, options.reserve) : options.reserve;
  // Who runs when the end moves gets a share again, which goes before what others reserve beyond experience.
  if (reserve && moved_ && hook.spec.predicted) reserve = std::min(*reserve, drain::likely_need(hook.spec, 1));
  if (!reserve || !fits_ || refit_ || hook.attempt > 1 || hook.turn > 1) return;
  if (const auto slot = std::chrono::floor<Millis>(hook.stop_by - hook.started); slot + Millis(10) < *reserve)
    fail("no reserve is eaten", hook.spec.name + " starts with " + std::to_string(slot.count()) + " of " +
                                    std::to_string(reserve->count()) + " ms");
}

/// Stages follow each other in the first turn; another turn is for hooks that may have one.
void Judge::check_turn(const Process& process, const drain::HookState& hook, const drain::State& state) const {
  const auto& options = options_of(hook.spec.name);
  const bool later_has_run = std::any_of(run_in_drain_.begin(), run_in_drain_.end(), [&](const std::string& name) {
    return stage_of(world_, name) > hook.spec.stage;
  });
  if (hook.turn > 1 && process.attempt > 1 && !options.repeatable && !tries_again_.contains(hook.spec.name))
    fail("only a hook that is repeatable gets another turn", hook.spec.name);
  if (hook.turn > 1 && later_has_run && !options.late)
    fail("a hook that may not be late never runs after a later stage", hook.spec.name);
  if (hook.turn == 1 && later_has_run && hook.attempt == 1 && !left_out_.contains(hook.spec.name))
    fail("stages follow each other in the first turn", hook.spec.name);
  if (hook.turn > 1) return;
  for (const auto& other : state.hooks)
    if (other.spec.stage < hook.spec.stage && other.turn == 1 && other.status != Status::over)
      fail("stages follow each other in the first turn",
           hook.spec.name + " starts before " + other.spec.name + " ends");
}

/// What is more important and waits for its first turn finds what it is likely to need after this hook's end. Where a
/// stage has more hooks than lanes, nobody knows who runs beside whom.
void Judge::check_importance(const drain::HookState& started, const drain::State& state) const {
  if (more_hooks_than_lanes(state)) return;
  std::map<int, Millis> needs;
  for (const auto& hook : state.hooks) {
    const auto& options = options_of(hook.spec.name);
    const bool beside = hook.spec.stage <= started.spec.stage || world_.machine->boot_now() < hook.not_before;
    if (hook.status != Status::waiting || beside || hook.turn > 1) continue;
    if (options.importance >= options_of(started.spec.name).importance) continue;
    const auto predicted = world_.machine->predicted(hook.spec.name);
    const Millis share = std::min(Millis(Seconds(10)), options.timeout.value_or(Seconds(10)));
    const Millis need = predicted                                         ? *predicted + *predicted / 4 + Seconds(1)
                        : options.reserve.value_or(Millis(0)) > Millis(0) ? *options.reserve
                                                                          : share / 2;
    Millis& stage = needs[hook.spec.stage];
    stage = std::max(stage, std::min(need, options.timeout.value_or(need)));
  }
  Millis sum{0};
  for (const auto& [stage, need] : needs) sum += need;
  const auto left = std::chrono::floor<Millis>(hooks_end_ - started.kill_by);
  if (sum > Millis(0) && left + Millis(10) < sum)
    fail("nobody holds time that a more important hook is likely to need",
         started.spec.name + " leaves " + std::to_string(left.count()) + " of " + std::to_string(sum.count()) + " ms");
}

bool Judge::waits_for_another_turn(const std::string& hook) const {
  const auto& options = options_of(hook);
  const bool later_has_run = std::any_of(run_in_drain_.begin(), run_in_drain_.end(), [&](const std::string& name) {
    return stage_of(world_, name) > stage_of(world_, hook);
  });
  return cut_or_left_out_.contains(hook) && options.repeatable && (options.late || !later_has_run);
}

/// Nobody ran from `since` to `until`.
void Judge::check_idle(Millis since, Millis until, const char* when) const {
  if (disturbed_at_ >= since || !world_.machine->on()) return;
  const Millis hooks_end = now() + std::chrono::floor<Millis>(hooks_end_ - world_.machine->boot_now());
  if (std::min(until, hooks_end) - since <= kIdle) return;
  for (const std::string& hook : cut_or_left_out_)
    if (waits_for_another_turn(hook))
      fail("the hooks' time is not idle while a hook waits that was cut off or left out",
           hook + " waits " + when + ", " + std::to_string((std::min(until, hooks_end) - since).count()) + " ms");
}

/// Somebody pauses before another try, and those who wait for their first turn ask for all the time there is.
bool Judge::pause_is_asked_for(const drain::State& state) const {
  const core::BootTime here = world_.machine->boot_now();
  std::vector<const drain::HookState*> first_turns;
  bool pauses = false;
  for (const auto& hook : state.hooks) {
    if (hook.status != Status::waiting) continue;
    pauses = pauses || here <= hook.not_before + Millis(10);
    if (hook.turn == 1) first_turns.push_back(&hook);
  }
  return pauses && here + asked(first_turns) >= hooks_end_;
}

void Judge::hook_started(const Process& process, const drain::HookState& hook, const drain::State& state) {
  if (world_.tracing())
    world_.say("preempt-drain", hook.spec.name + ": " + std::string(name_of(process.event)) + ", attempt " +
                                    std::to_string(hook.attempt) + ", stop by " + seconds(hook.stop_by) + ", kill by " +
                                    seconds(hook.kill_by));
  const auto& drain = drains_[process.notice];
  const auto& finished = process.event == HookEvent::undo ? drain.undo_finished : drain.finished;
  if (finished.contains(hook.spec.name)) fail("no finished hook runs again", hook.spec.name);
  for (const auto& [number, other] : world_.machine->processes)
    if (number != process.number && other.hook == process.hook && !other.got_kill)
      fail("a hook runs once at a time, and what a dead drainer left is ended first", hook.spec.name);
  const core::BootTime here = world_.machine->boot_now();
  const bool late_anyway =
      disturbed_at_ >= now() - Seconds(3);  // a wait for the disk between the decision and the start
  if (here >= state.window.deadline.at() && !late_anyway) fail("every hook starts before the deadline", hook.spec.name);
  if (hook.kill_by > state.window.deadline.at())
    fail("no hook gets time past the deadline", hook.spec.name + ", until " + seconds(hook.kill_by));
  if (process.event == HookEvent::undo) return;
  if (hook.stop_by > hooks_end_ + Millis(1) && !late_anyway)
    fail("the report's reserve is untouched", hook.spec.name + " may run until " + seconds(hook.stop_by));
  check_turn(process, hook, state);
  if (!late_anyway) check_importance(hook, state);
  run_in_drain_.insert(hook.spec.name);
  cut_or_left_out_.erase(hook.spec.name);
  if (!tries_again_.erase(hook.spec.name)) applied_before_[hook.spec.name] = applied_.contains(hook.spec.name);
  applied_.insert(hook.spec.name);
  if (!late_anyway) check_reserve(hook);
}

void Judge::check_no_time(const drain::HookFinished& entry) {
  const auto& state = world_.drainer->state();
  if (entry.event == HookEvent::undo || entry.outcome.cause != drain::Cause::no_time || entry.attempt > 0 || !fits_ ||
      refit_)
    return;
  const bool reserved = options_of(entry.hook).reserve.has_value();
  std::vector<const drain::HookState*> waiting;
  for (const auto& hook : state.hooks)
    if (hook.status == Status::waiting || (runs(hook) && hook.started == world_.machine->boot_now()))
      waiting.push_back(&hook);
  const auto left = std::chrono::floor<Millis>(hooks_end_ - world_.machine->boot_now()) - asked(waiting);
  if (reserved || left > Millis(200) * (1 + static_cast<int>(state.hooks.size())))
    fail("every hook starts unless reserves leave it no time",
         entry.hook + " does not, with " + std::to_string(left.count()) + " ms to spare");
}

void Judge::check_finish(const drain::DrainFinished& entry) {
  if (!entry.withdrawn) check_idle(now(), now() + entry.margin, "when the drain is over");
  if (entry.withdrawn || entry.margin >= Millis(0)) return;
  const Millis due = now() + entry.margin;
  if (due - std::max(disturbed_at_, work_began_) < kShortly) return;
  fail("the last report is queued before the deadline", std::to_string(entry.margin.count()) + " ms");
}

void Judge::before_step() {
  if (std::exchange(refit_, false)) fits_ = fits_ && fits(world_.drainer->state(), false);
  const auto& state = world_.drainer->state();
  const Millis stepped_at = std::exchange(stepped_at_, now());
  if (state.phase == drain::Phase::draining && !state.withdrawn &&
      std::none_of(state.hooks.begin(), state.hooks.end(), runs) && has_a_free_lane(state) &&
      !pause_is_asked_for(state))
    check_idle(stepped_at, now(), "while nobody runs");
  const core::BootTime here = world_.machine->boot_now();
  const std::string& id = world_.drainer->notice().id;
  for (const auto& hook : world_.drainer->state().hooks) {
    if (!runs(hook) || here <= hook.kill_by + Millis(100)) continue;
    if (disturbed_at_ >= now() - std::chrono::floor<Millis>(here - hook.kill_by)) continue;
    for (const auto& [number, process] : world_.machine->processes)
      if (process.notice == id && process.hook == hook.spec.name && process.alive && !process.got_kill)
        fail("no hook outlives its kill-by", hook.spec.name + ", kill by " + seconds(hook.kill_by));
  }
}

void Judge::rested() {
  for (const auto& [number, process] : world_.machine->processes)
    if (!process.got_kill) fail("nothing of a hook is left when its drain is over", process.hook);
}

void Judge::at_the_end() {
  const Machine& machine = *world_.machine;
  if (!machine.on() || !machine.run.notice) return;
  const auto notice = core::parse_notice(*machine.run.notice);
  const auto& drain = drains_[notice->id];
  if (notice->state == core::NoticeState::pending) {
    if (drain.stage != Facts::Stage::drained) fail("every notice's drain comes to its end", notice->id);
    const auto& [metadata, control] = sources_;
    const Millis quiet_since =
        std::max({metadata.troubled_at, control.troubled_at, metadata.calm_since, control.calm_since, watching_since_});
    const bool healthy = now() - quiet_since > Seconds(150);
    const bool believed = healthy && sources_[0].calm && sources_[1].calm && world_.watcher->settings().control_enabled;
    if (believed && world_.cloud->clear_for(Seconds(150)))
      fail("a notice that both sources take back is taken back", notice->id);
    return;
  }
  for (const auto& hook : applied_)
    if (options_of(hook).on_undo) fail("a notice that is taken back leaves nothing drained", hook);
}

}  // namespace preemptd::sim
