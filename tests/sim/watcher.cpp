#include "watcher.h"

#include <utility>

#include "cloud.h"
#include "drainer.h"
#include "judge.h"
#include "machine.h"
#include "watch/cadence.h"
#include "watch/clock_error.h"

namespace preemptd::sim {
namespace {

constexpr Millis kApart = Seconds(2);  // daemon/control_lane.cpp
const core::Identity kIdentity{"i-1", "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"};

template <typename Answer>
std::optional<core::ErrorCode> fault_in(const Answer& answer) {
  const auto* error = std::get_if<core::Error>(&answer);
  return error == nullptr ? std::nullopt : std::optional(error->code);
}

}  // namespace

Watcher::Watcher(World& world) : world_(world) {
  Chance& chance = world.chance;
  metadata_interval_ = Seconds(chance.percent(50) ? 1 : chance.percent(60) ? 2 : 5);
  settings_.control_enabled = !chance.percent(5);
  crashes_left_ = chance.percent(25) ? chance.between(1, 3) : 0;
  acts_until_crash_ = chance.between(1, 8);
  for (int i = chance.percent(15) ? 1 : 0; i > 0; --i)
    world.timeline.at(chance.between(Seconds(1), Seconds(500)), [this] { crash(); });
}

void Watcher::start() {
  if (alive_) return;
  alive_ = true;
  state_ = {};
  identified_ = told_healthy_ = asking_control_ = nudged_ = false;
  attentive_ = true;
  told_error_.reset();
  control_failures_ = {};
  metadata_good_.reset(), control_good_.reset(), control_asked_.reset();
  drainer_follows_ = looking_again_ = false;
  need_ = watch::ControlNeed::usual;
  world_.say("preemptd", "starts");
  world_.judge->watcher_started();
  find_notice();
  if (alive_) world_.timeline.at(world_.timeline.now(), life_, [this] { poll_metadata(); });
}

/// NoticeFiles::find
void Watcher::find_notice() {
  const Machine& machine = *world_.machine;
  const bool readable = machine.disk.health != Disk::Health::hung;
  for (const auto& text : {machine.run.notice, readable ? machine.disk.notice : std::nullopt}) {
    if (!text) continue;
    const auto notice = core::parse_notice(*text);
    if (!notice) world_.judge->fail("a notice file reads as it was written", notice.error().what);
    if (world_.is(Broken::forgets_its_notice)) return;
    return step(watch::NoticeFound{*notice});
  }
}

void Watcher::power_lost() {
  alive_ = false;
  life_.end();
  control_wait_.end();
}

void Watcher::crash() {
  if (!alive_) return;
  world_.say("preemptd", "dies");
  power_lost();
  world_.judge->disturbed("a death of preemptd");
  world_.timeline.at(world_.timeline.now() + Seconds(1), world_.machine->boot, [this] { start(); });
}

void Watcher::maybe_crash() {
  if (crashes_left_ == 0 || --acts_until_crash_ > 0) return;
  --crashes_left_;
  acts_until_crash_ = world_.chance.between(1, 8);
  crash();
}

// The watch and what follows from it.

void Watcher::step(const watch::Event& event) {
  if (!alive_) return;
  const Machine& machine = *world_.machine;
  auto [next, effects] =
      watch::step(settings_, std::move(state_), event, {machine.boot_now(), machine.wall_now(), machine.boot_id()});
  state_ = std::move(next);
  if (std::holds_alternative<watch::IdentityKnown>(event) && settings_.control_enabled) plan_control(Millis(0));
  attentive_ = watch::wants_every_answer(state_);
  const auto need = watch::control_need(state_);
  if (std::exchange(need_, need) != need && need == watch::ControlNeed::pressing) ask_control_now();
  for (const auto& effect : effects) {
    if (!alive_) return;
    act(effect);
  }
}

void Watcher::act(const watch::Effect& effect) {
  if (std::holds_alternative<watch::AskControlNow>(effect)) return ask_control_now();
  if (const auto* seen = std::get_if<watch::NoticeSeen>(&effect)) {
    world_.judge->notice_seen(seen->notice);
    return act_on(seen->notice);
  }
  if (const auto* resumed = std::get_if<watch::NoticeResumed>(&effect)) return act_on(resumed->notice);
  if (const auto* moved = std::get_if<watch::NoticeMoved>(&effect)) return act_on(moved->notice);
  if (const auto* amended = std::get_if<watch::NoticeAmended>(&effect)) return publish(amended->notice);
  if (const auto* withdrawn = std::get_if<watch::NoticeWithdrawn>(&effect)) {
    world_.judge->notice_withdrawn(withdrawn->notice);
    return act_on(withdrawn->notice);
  }
  if (const auto* remark = std::get_if<watch::Remark>(&effect)) world_.say("preemptd", remark->text);
}

void Watcher::act_on(const core::Notice& notice) {
  publish(notice);
  if (alive_) see_to_drain();
}

void Watcher::publish(const core::Notice& notice) {
  maybe_crash();
  if (!alive_) return;
  Machine& machine = *world_.machine;
  machine.run.notice = core::to_json_text(notice);
  if (world_.tracing())
    world_.say("preemptd",
               "publishes " + notice.id + ", " + std::string(core::name_of(notice.state)) + ", ends in " +
                   std::to_string(std::chrono::floor<Millis>(notice.deadline - machine.boot_now()).count()) + " ms");
  world_.judge->published(notice);
  world_.drainer->notice_changed();
  if (machine.under_systemd) world_.drainer->start_in(world_.chance.between(Millis(14), Millis(39)));  // the path unit
  world_.timeline.at(world_.timeline.now() + world_.chance.between(Millis(1), Millis(20)), life_, [this] { keep(); });
  maybe_crash();
}

/// The disk's thread: in order, as late as the disk is.
void Watcher::keep() {
  Disk& disk = world_.machine->disk;
  if (disk.health == Disk::Health::fine) disk.notice = world_.machine->run.notice;
  if (disk.health == Disk::Health::hung)
    world_.timeline.at(world_.timeline.now() + Seconds(1), life_, [this] { keep(); });
}

/// DrainStarter::see_to, where no service manager starts the drain.
void Watcher::see_to_drain() {
  if (world_.machine->under_systemd) return;
  if (drainer_follows_) {
    looking_again_ = true;
    return;
  }
  drainer_follows_ = true;
  if (!world_.drainer->alive()) world_.drainer->start_in(world_.chance.between(Millis(2), Millis(20)));
}

void Watcher::drainer_ended(bool done) {
  if (!alive_ || !drainer_follows_) return;
  drainer_follows_ = false;
  if (std::exchange(looking_again_, false)) return see_to_drain();
  if (done) return;
  world_.timeline.at(world_.timeline.now() + Millis(500), life_, [this] { see_to_drain(); });
}

// The metadata lane.

void Watcher::poll_metadata() {
  auto reply = world_.cloud->ask_metadata();
  if (world_.is(Broken::garbage_is_a_notice) && std::holds_alternative<watch::Unreadable>(reply.answer))
    reply.answer = watch::TerminationAt{world_.cloud->time() + Seconds(300)};
  const bool garbled = std::holds_alternative<watch::Unreadable>(reply.answer);
  world_.judge->asked(core::Source::metadata, garbled ? core::ErrorCode::bad_reply : fault_in(reply.answer));
  const Millis heard = world_.timeline.now() + reply.takes;
  world_.timeline.at(heard, life_, [this, reply] {
    hear_metadata(reply.answer, reply.shows);
    const auto fault = fault_in(reply.answer);
    Millis wait = watch::next_metadata_poll(metadata_interval_, fault, world_.chance.fraction());
    if (fault && world_.is(Broken::sleeps_after_trouble)) wait = Seconds(60);
    if (alive_) world_.timeline.at(world_.timeline.now() + wait, life_, [this] { poll_metadata(); });
  });
  if (reply.again)
    world_.timeline.at(heard + world_.chance.between(Millis(1), Seconds(2)), life_,
                       [this, reply] { hear_metadata(reply.answer, reply.shows); });
}

void Watcher::hear_metadata(const watch::MetadataAnswer& answer, std::optional<int> shows) {
  const auto fault = fault_in(answer);
  const bool none = std::holds_alternative<watch::NoTermination>(answer);
  if (!fault && !std::holds_alternative<watch::Unreadable>(answer)) {
    metadata_good_ = world_.machine->boot_now();
    world_.judge->heard(core::Source::metadata, shows);
  }
  if (!fault) {
    const Millis error =
        watch::clock_error(world_.machine->wall_now(), std::chrono::floor<Seconds>(world_.cloud->time()));
    if (!told_error_ || std::chrono::abs(error - *told_error_) >= Millis(1500)) {
      told_error_ = error;
      step(watch::ClockMeasured{error});
    }
    if (!std::exchange(identified_, true)) {
      world_.machine->run.identity = true;
      step(watch::IdentityKnown{kIdentity});
    }
  }
  if (fault && world_.machine->run.identity && !std::exchange(identified_, true)) step(watch::IdentityKnown{kIdentity});
  const bool news = attentive_ || !told_healthy_ || !none;
  told_healthy_ = none;
  if (news && none && world_.is(Broken::withdraws_on_one_404) && state_.notice) {
    state_.vanishing.since = world_.machine->boot_now() - Seconds(60);
    state_.vanishing.polls = state_.vanishing.locks = 100;
  }
  if (news)
    step(watch::Event(answer));
  else
    step(watch::Tick{metadata_good_, control_good_});
}

// The control lane.

void Watcher::plan_control(Millis in) {
  control_wait_.end();
  world_.timeline.at(world_.timeline.now() + in, control_wait_, [this] { poll_control(); });
}

void Watcher::ask_control_now() {
  if (!settings_.control_enabled || state_.identity.instance_id.empty()) return;
  if (asking_control_) {
    nudged_ = true;
    return;
  }
  const Millis apart = control_asked_ ? *control_asked_ + kApart - world_.timeline.now() : Millis(0);
  plan_control(std::max(apart, Millis(0)));
}

void Watcher::poll_control() {
  asking_control_ = true;
  const auto reply = world_.cloud->ask_control();
  const bool missing = std::holds_alternative<watch::InstanceMissing>(reply.answer);
  world_.judge->asked(core::Source::operation_lock, missing ? core::ErrorCode::bad_reply : fault_in(reply.answer));
  const Millis heard = world_.timeline.now() + reply.takes;
  world_.timeline.at(heard, life_, [this, reply] {
    asking_control_ = false;
    control_asked_ = world_.timeline.now();
    if (const auto fault = fault_in(reply.answer))
      control_failures_.add(*fault);
    else
      control_failures_ = {};
    const watch::ControlLook look{settings_.control_interval, need_, control_failures_, {}};
    plan_control(std::exchange(nudged_, false) ? kApart : watch::next_control_poll(look, world_.chance.fraction()));
    hear_control(reply.answer, reply.shows);
  });
  if (reply.again)
    world_.timeline.at(heard + world_.chance.between(Millis(1), Seconds(2)), life_,
                       [this, reply] { hear_control(reply.answer, reply.shows); });
}

void Watcher::hear_control(const watch::ControlAnswer& answer, std::optional<int> shows) {
  if (world_.is(Broken::ignores_the_lock)) return;
  if (std::holds_alternative<watch::InstanceSeen>(answer)) {
    control_good_ = world_.machine->boot_now();
    world_.judge->heard(core::Source::operation_lock, shows);
    const Millis error =
        watch::clock_error(world_.machine->wall_now(), std::chrono::floor<Seconds>(world_.cloud->time()));
    if (!state_.metadata.last_good) step(watch::ClockMeasured{error});
  }
  step(watch::Event(answer));
}

}  // namespace preemptd::sim
