#include "drainer.h"

#include <utility>

#include "drain/journal/journal.h"
#include "judge.h"
#include "machine.h"
#include "watcher.h"

namespace preemptd::sim {

using drain::Memory;
using drain::Work;

namespace {
constexpr Millis kWriteWait = Seconds(2);     // drain/drainer.cpp
constexpr Millis kStartsAgain = Millis(500);  // packaging/systemd/preemptd-drain.service, daemon/drain_starter.cpp

void keep_only_the_first(drain::InitialState& opening) {
  if (opening.state.hooks.size() > 1) opening.state.hooks.resize(1);
  for (auto& entry : opening.entries)
    if (auto* undo = std::get_if<drain::UndoStarted>(&entry); undo != nullptr && undo->hooks.size() > 1)
      undo->hooks.resize(1);
}

/// What a broken drainer takes the hook for.
void break_hook(drain::HookSpec& spec, Broken broken) {
  drain::HookOptions& options = spec.options;
  if (broken == Broken::ignores_reserves) options.reserve.reset();
  if (broken == Broken::ignores_importance) options.importance = drain::Importance::normal;
  if (broken == Broken::ignores_experience) spec.predicted.reset();
  if (broken == Broken::gives_one_turn) options.repeatable = options.late = false;
  if (broken == Broken::repeats_everything) options.repeatable = true;
  if (broken == Broken::runs_everything_late) options.late = true;
  if (broken == Broken::forgets_the_order) spec.stage = 10;
}

}  // namespace

Drainer::Drainer(World& world) : world_(world) {
  Chance& chance = world.chance;
  crashes_left_ = chance.percent(35) ? chance.between(1, 3) : 0;
  effects_until_crash_ = chance.between(1, 30);
  world.machine->on_exit = [this](std::size_t process, sys::ExitStatus status) {
    for (const auto& [hook, number] : running_)
      if (alive_ && number == process) return happen(drain::Exited{hook, status});
  };
  world.machine->on_disk_healed = [this] {
    if (alive_ && record_open_) write_to_disk();
  };
}

void Drainer::start_in(Millis wait) {
  world_.timeline.at(world_.timeline.now() + wait, world_.machine->boot, [this] { run(); });
}

void Drainer::run() {
  if (alive_ || !world_.machine->run.notice) return;
  RunFolder& memory = world_.machine->run;
  alive_ = true;
  record_open_ = disk_given_up_ = notice_changed_ = false;
  first_ = !std::exchange(memory.drained_before, true);
  memory_text_ = memory.journal;
  memory_next_.reset();
  busy_until_ = world_.timeline.now();
  world_.say("preempt-drain", "starts");
  look_at_notice();
}

/// Drainer::run: looks at the notice until nothing is left to do.
void Drainer::look_at_notice() {
  for (;;) {
    notice_changed_ = false;
    const auto notice = core::parse_notice(*world_.machine->run.notice);
    if (work_on(*notice)) return end(true);
    if (!alive_ || at_work() || world_.timeline.now() < busy_until_) return;
  }
}

void Drainer::power_lost() {
  alive_ = false;
  life_.end();
  wake_.end();
  effects_.clear();
  happened_.clear();
  running_.clear();
  lines_.clear();
  state_ = {};
}

/// kill -9: what it had written stays, its hooks run on.
void Drainer::die() {
  world_.say("preempt-drain", "dies");
  power_lost();
  world_.judge->drainer_died();
  world_.watcher->drainer_ended(false);
  if (world_.machine->under_systemd) start_in(kStartsAgain);
}

void Drainer::end(bool done) {
  world_.say("preempt-drain", "ends");
  power_lost();
  world_.watcher->drainer_ended(done);
}

drain::Now Drainer::here() const {
  return {world_.machine->boot_id(), world_.machine->boot_now(), world_.machine->wall_now()};
}

/// True: there is nothing (more) to do.
bool Drainer::work_on(const core::Notice& notice) {
  const bool known = record_open_ && notice.id == notice_.id;
  notice_ = notice;
  if (!known) open_record(notice.id);
  const auto task = drain::task_for(notice_, known_.progress, here());
  if (world_.tracing())
    world_.say("preempt-drain", notice_.id + ": " + std::string(name_of(task.work)) + ", " + task.why);
  if (task.work != Work::nothing) return work(task.work), false;
  const auto before = drain::still_to_undo(notice_, known_, here());
  return before ? work_on(*before) : true;
}

void Drainer::open_record(const std::string& id) {
  record_open_ = true;
  Disk& disk = world_.machine->disk;
  disk_given_up_ = disk.health == Disk::Health::hung;
  const auto journal = disk.journals.find(id);
  disk_text_ = journal != disk.journals.end() && !disk_given_up_ ? journal->second.text : "";
  disk_unread_ = disk_given_up_;
  on_disk_ =
      disk.health != Disk::Health::full || journal != disk.journals.end();  // else the run folder takes its place
  disk_text_.resize(drain::decode_journal(disk_text_).good_bytes);
  world_.judge->record_opened(id, first_, disk_given_up_);
  known_ = drain::remember(notice_, {memory_text_, disk_text_, disk_text_.empty() ? newest_other_journal() : ""});
  if (known_.from == Memory::From::memory)
    disk_unread_ = false, disk_text_ = memory_text_, write_to_disk();
  else
    memory_next_ = disk_text_;
  if (known_.from == Memory::From::disk) remember_lines("");
  if (world_.is(Broken::forgets_finished_hooks))
    for (auto& hook : known_.progress.drained) hook.outcome.reset();
}

std::string Drainer::newest_other_journal() const {
  const Disk& disk = world_.machine->disk;
  if (disk.health == Disk::Health::hung) return "";
  const Disk::Journal* newest = nullptr;
  for (const auto& [id, journal] : disk.journals)
    if (id != notice_.id && (newest == nullptr || journal.written > newest->written)) newest = &journal;
  return newest == nullptr ? "" : newest->text;
}

void Drainer::kill_orphans() {
  if (first_ || world_.is(Broken::leaves_orphans)) return;
  world_.machine->kill_all_of(notice_.id);
  if (known_.other) world_.machine->kill_all_of(known_.other->notice.id);
}

drain::Discovery Drainer::what_is_found() {
  drain::Discovery found = world_.machine->hooks;
  for (auto& hook : found.hooks) break_hook(hook.spec, world_.broken);
  return found;
}

void Drainer::work(Work work) {
  kill_orphans();
  const auto found = what_is_found();
  drain::DrainSettings settings{world_.machine->limits, Seconds(300), "simulated", "1", "00000000"};
  if (world_.is(Broken::ignores_report_reserve)) settings.limits.report_reserve = Millis(0);
  const auto owed =
      known_.other ? drain::owed_by(*std::exchange(known_.other, std::nullopt)) : std::vector<std::string>{};
  const bool undo = work == Work::undo || work == Work::resume_undo;
  auto opening = undo ? drain::open_undo(notice_, found, known_.progress, work, settings, here())
                      : drain::open_drain(notice_, found, known_.progress, work, settings, here(), owed);
  if (undo && world_.is(Broken::undoes_only_the_last)) keep_only_the_first(opening);
  running_.clear();
  happened_.clear();
  world_.judge->work_begins(notice_, work, opening.state);
  take(drain::begin(std::move(opening.state), std::move(opening.entries), here().now));
  happen(drain::Tick{});
}

// The notice while it works.

void Drainer::notice_changed() {
  if (!alive_) return;
  notice_changed_ = true;
  world_.timeline.at(world_.timeline.now() + Millis(1), life_, [this] { go_on(); });
}

// Events in, effects out.

void Drainer::happen(drain::Event happening) {
  happened_.push_back(std::move(happening));
  go_on();
}

void Drainer::take(drain::Step step) {
  state_ = std::move(step.state);
  prepared_ = false;
  wake_.end();
  if (step.wake_at) {
    const Millis in = std::chrono::ceil<Millis>(*step.wake_at - here().now);
    world_.timeline.at(world_.timeline.now() + in, wake_, [this] { happen(drain::Tick{}); });
  }
  for (auto& effect : step.effects) effects_.push_back(std::move(effect));
}

/// As far as it gets: to the end of what happened, to a wait for the disk, or to its death.
void Drainer::go_on() {
  if (!alive_ || world_.timeline.now() < busy_until_) return;
  const auto number = life_.number;
  for (;;) {
    while (!effects_.empty()) {
      if (crashes_left_ > 0 && --effects_until_crash_ <= 0) {
        --crashes_left_;
        effects_until_crash_ = world_.chance.between(1, 30);
        return die();
      }
      if (std::holds_alternative<drain::StartHook>(effects_.front()) && !std::exchange(prepared_, true)) {
        prepare_starts();
        if (world_.timeline.now() < busy_until_) return;
      }
      auto effect = std::move(effects_.front());
      effects_.pop_front();
      std::visit([this](auto& one) { carry_out(one); }, effect);
      if (!alive_ || life_.number != number) return;
      if (state_.phase == drain::Phase::resting && effects_.empty()) return look_at_notice();
    }
    write_lines();
    if (state_.phase == drain::Phase::resting) return;
    if (std::exchange(notice_changed_, false)) {
      const auto now = core::parse_notice(*world_.machine->run.notice);
      auto changes = drain::changes(notice_, *now, state_.window, here());
      if (now->id == notice_.id) notice_ = *now;
      for (auto& change : changes) {
        const bool ignored =
            (world_.is(Broken::ignores_moved_deadline) && std::holds_alternative<drain::Moved>(change)) ||
            (world_.is(Broken::undo_does_not_yield) && std::holds_alternative<drain::Superseded>(change));
        if (!ignored) happened_.push_back(std::move(change));
      }
    }
    if (happened_.empty()) return;
    const auto next = std::move(happened_.front());
    happened_.pop_front();
    world_.judge->before_step();
    if (world_.tracing() && std::holds_alternative<drain::Moved>(next)) world_.say("preempt-drain", "the notice moved");
    if (world_.tracing() && std::holds_alternative<drain::Superseded>(next))
      world_.say("preempt-drain", "another notice waits");
    take(drain::step(std::move(state_), next, here().now));
  }
}

void Drainer::wait_for_disk(Millis wait) {
  busy_until_ = world_.timeline.now() + wait;
  world_.judge->disturbed("a wait for the disk", wait);
  world_.timeline.at(busy_until_, life_, [this] { go_on(); });
}

void Drainer::carry_out(drain::Append& effect) {
  drain::advance(known_.progress, effect.body);
  world_.judge->told(effect.body);
  lines_ += drain::encode({here().wall, here().now, std::move(effect.body)});
}

void Drainer::prepare_starts() {
  write_lines();
  if (world_.machine->disk.health != Disk::Health::hung)
    disk_given_up_ = false;
  else if (!std::exchange(disk_given_up_, true))
    wait_for_disk(kWriteWait);
  sync();
}

void Drainer::carry_out(drain::StartHook& effect) {
  const auto& hook = state_.hooks[effect.hook];
  if (world_.chance.percent(2)) return happened_.push_back(drain::NotStarted{effect.hook, drain::Cause::gone, "gone"});
  const auto event = state_.phase == drain::Phase::undoing ? drain::HookEvent::undo : drain::HookEvent::drain;
  const auto& process = world_.machine->start(hook.spec.name, notice_.id, event, hook.attempt);
  running_[effect.hook] = process.number;
  world_.judge->hook_started(process, hook, state_);
}

void Drainer::carry_out(drain::Terminate& effect) {
  if (const auto running = running_.find(effect.hook); running != running_.end())
    world_.machine->terminate(running->second);
}

void Drainer::carry_out(drain::Kill& effect) {
  if (world_.is(Broken::never_kills)) return;
  if (const auto running = running_.find(effect.hook); running != running_.end()) world_.machine->kill(running->second);
}

void Drainer::carry_out(drain::Settle& effect) {
  if (const auto running = running_.find(effect.hook); running != running_.end()) {
    world_.machine->kill(running->second);
    running_.erase(running);
  }
  if (world_.tracing())
    world_.say("preempt-drain",
               effect.entry.hook + ": " + describe(effect.entry.outcome) + (effect.entry.again ? ", again" : ""));
  drain::Append append{std::move(effect.entry)};
  carry_out(append);
}

void Drainer::carry_out(drain::Rest&) {
  write_lines();
  sync();
  world_.judge->rested();
}

// The record.

void Drainer::write_lines() {
  if (lines_.empty()) return;
  const std::string lines = std::exchange(lines_, {});
  world_.judge->written();
  if (world_.is(Broken::forgets_the_record)) return;
  remember_lines(lines);
  disk_text_ += lines;
  write_to_disk();
}

/// MemoryJournal::append
void Drainer::remember_lines(const std::string& lines) {
  memory_text_ = memory_next_ ? *std::exchange(memory_next_, std::nullopt) + lines : memory_text_ + lines;
  world_.machine->run.journal = memory_text_;
}

void Drainer::write_to_disk() {
  Disk& disk = world_.machine->disk;
  if (disk.health != Disk::Health::fine || disk_text_.empty() || !on_disk_) return;
  auto& journal = disk.journals[notice_.id];
  if (std::exchange(disk_unread_, false)) disk_text_ = journal.text + disk_text_;
  const bool appended = disk_text_.starts_with(journal.text);
  journal.text = disk_text_;
  journal.written = world_.timeline.now();
  if (!appended) journal.synced = journal.text.size();  // a new file, synced before it takes the old one's place
}

void Drainer::sync() {
  Disk& disk = world_.machine->disk;
  if (disk.health != Disk::Health::fine || disk_text_.empty() || !on_disk_) return;
  const auto done = [this, id = notice_.id, size = disk_text_.size()] {
    if (world_.machine->disk.health != Disk::Health::fine) return;
    auto& journal = world_.machine->disk.journals[id];
    journal.synced = std::max(journal.synced, std::min(size, journal.text.size()));
  };
  if (world_.chance.percent(90)) return done();
  world_.timeline.at(world_.timeline.now() + world_.chance.between(Millis(10), Seconds(3)), life_, done);
}

}  // namespace preemptd::sim
