#include "cloud.h"

#include <utility>

#include "judge.h"
#include "machine.h"

namespace preemptd::sim {
namespace {

using core::ErrorCode;
constexpr std::size_t index_of(core::Source source) {
  return source == core::Source::metadata ? 0 : 1;
}
core::Error error(ErrorCode fault) {
  return {fault, "simulated", "GET"};
}

}  // namespace

Cloud::Cloud(World& world) : world_(world) {
  Chance& chance = world.chance;
  reclaims_left_ = chance.percent(8) ? 0 : chance.percent(75) ? 1 : 2;
  glitches_ = chance.percent(50) ? 0 : chance.percent(50) ? 2 : chance.between(5, 30);
  duplicates_ = chance.percent(10);
  plan_troubles(troubles_);
  if (reclaims_left_ > 0) soon(chance.between(Seconds(5), Seconds(90)), [this] { announce(); });
}

void Cloud::plan_troubles(std::array<std::optional<Trouble>, 2>& of) {
  Chance& chance = world_.chance;
  constexpr std::array kErrorCodes{ErrorCode::unreachable, ErrorCode::timed_out, ErrorCode::bad_reply,
                                   ErrorCode::denied, ErrorCode::throttled};
  for (std::size_t source = 0; source < of.size(); ++source) {
    if (!chance.percent(30)) continue;
    const auto fault =
        chance.percent(20) ? std::nullopt : std::optional(kErrorCodes[static_cast<std::size_t>(chance.between(0, 4))]);
    const auto lasts = chance.percent(15) ? Millis(Seconds(100'000)) : chance.between(Seconds(1), Seconds(400));
    world_.timeline.at(chance.between(Seconds(0), Seconds(400)), [this, source, fault, lasts] {
      troubles_[source] = Trouble{fault, world_.timeline.now() + lasts};
      if (world_.tracing())
        world_.say(source == 0 ? "metadata" : "control plane",
                   "troubled: " + std::string(fault ? core::name_of(*fault) : "garbled"));
    });
  }
}

std::optional<Cloud::Trouble> Cloud::trouble_of(core::Source source) {
  const auto& trouble = troubles_[index_of(source)];
  if (trouble && world_.timeline.now() < trouble->until) return trouble;
  if (!world_.chance.percent(glitches_)) return std::nullopt;
  const std::array<std::optional<ErrorCode>, 4> kinds{ErrorCode::timed_out, ErrorCode::unreachable,
                                                      ErrorCode::bad_reply, std::nullopt};
  return Trouble{kinds[static_cast<std::size_t>(world_.chance.between(0, 3))], Millis(0)};
}

Cloud::Reply<watch::MetadataAnswer> Cloud::ask_metadata() {
  const auto trouble = trouble_of(core::Source::metadata);
  const Millis takes = world_.chance.between(Millis(2), Millis(world_.chance.percent(5) ? 600 : 30));
  if (trouble && trouble->fault)
    return {error(*trouble->fault), *trouble->fault == ErrorCode::timed_out ? Millis(600) : takes, {}};
  if (trouble) return {watch::Unreadable{world_.chance.percent(50) ? "<html>" : "2026-11-2"}, takes, {}};
  const bool again = duplicates_ && world_.chance.percent(10);
  if (!item_) return {watch::NoTermination{}, takes, {}, again};
  return {watch::TerminationAt{kBeginning + std::chrono::floor<Seconds>(*item_)}, takes,
          metadata_shows() ? std::optional(reclaim_->number) : std::nullopt, again};
}

Cloud::Reply<watch::ControlAnswer> Cloud::ask_control() {
  const auto trouble = trouble_of(core::Source::operation_lock);
  const Millis takes = world_.chance.between(Millis(20), Millis(world_.chance.percent(5) ? 9000 : 300));
  if (trouble && trouble->fault)
    return {error(*trouble->fault), *trouble->fault == ErrorCode::timed_out ? Millis(10'000) : takes, {}};
  if (trouble) return {watch::InstanceMissing{}, takes, {}};
  const auto behavior = reclaim_ && reclaim_->stops ? core::Behavior::stop : core::Behavior::terminate;
  const bool again = duplicates_ && world_.chance.percent(10);
  return {watch::InstanceSeen{lock_ ? watch::Lock::recycling : watch::Lock::absent, behavior}, takes,
          lock_shows() ? std::optional(reclaim_->number) : std::nullopt, again};
}

bool Cloud::shown_within(Millis time) const {
  return metadata_shows() || lock_shows() || (last_shown_ && world_.timeline.now() - *last_shown_ <= time);
}

bool Cloud::clear_for(Millis time) const {
  const Millis since = world_.timeline.now() - time;
  const bool no_item = !item_ || item_is_old_;  // a time of before this boot says nothing
  return no_item && !lock_ && item_clear_since_ <= since && lock_clear_since_ <= since;
}

bool Cloud::clear_within(Millis time) const {
  return clear_for(Millis(0)) || world_.timeline.now() - last_clear_ <= time;
}

// The story of a reclaim.

void Cloud::soon(Millis in, std::function<void()> what) {
  ++pending_changes_;
  world_.timeline.at(world_.timeline.now() + in, [this, what = std::move(what)] {
    --pending_changes_;
    what();
  });
}

void Cloud::note_shown() {
  if (metadata_shows() || lock_shows()) last_shown_ = world_.timeline.now();
}

void Cloud::show_item(bool shown) {
  note_shown();
  if (shown && (!reclaim_ || reclaim_->taken_back)) return;
  if (clear_for(Millis(0))) last_clear_ = world_.timeline.now();
  if (shows_old()) last_old_ = world_.timeline.now();
  if (!shown && item_) item_clear_since_ = world_.timeline.now();
  item_ = shown ? std::optional(reclaim_->ends) : std::nullopt;
  item_is_old_ = false;
  world_.say("metadata", shown ? "shows the termination time" : "shows no termination time");
  world_.judge->shown_changed();
}

void Cloud::show_lock(bool shown) {
  note_shown();
  if (shown && (!reclaim_ || reclaim_->taken_back)) return;
  if (clear_for(Millis(0))) last_clear_ = world_.timeline.now();
  if (shows_old()) last_old_ = world_.timeline.now();
  if (!shown && lock_) lock_clear_since_ = world_.timeline.now();
  lock_ = shown;
  lock_is_old_ = false;
  world_.say("control plane", shown ? "shows the lock" : "shows no lock");
  world_.judge->shown_changed();
}

void Cloud::announce() {
  Chance& chance = world_.chance;
  if (!world_.machine->on()) return soon(Seconds(60), [this] { announce(); });
  --reclaims_left_;
  const Millis window = chance.percent(70) ? Millis(Seconds(300)) : chance.between(Seconds(5), Seconds(600));
  reclaim_ = Reclaim{++announced_, world_.timeline.now() + window, chance.percent(40)};
  const int seen_by = chance.between(0, 99);
  reclaim_->shown_by_metadata = seen_by < 87;
  reclaim_->shown_by_lock = seen_by < 74 || seen_by >= 87;
  if (world_.tracing()) world_.say("cloud", "reclaims the machine in " + std::to_string(window.count()) + " ms");
  if (reclaim_->shown_by_metadata)
    soon(chance.between(Seconds(0), Seconds(chance.percent(80) ? 1 : 14)), [this] { show_item(true); });
  if (reclaim_->shown_by_lock)
    soon(chance.between(Seconds(0), Seconds(chance.percent(80) ? 1 : 14)), [this] { show_lock(true); });
  plan_changes(window);
  soon(window, [this, due = reclaim_->ends] { expire(due); });
}

void Cloud::plan_changes(Millis window) {
  Chance& chance = world_.chance;
  const auto in_window = [&] { return chance.between(std::min(window, Millis(Seconds(15))), window); };
  const int number = reclaim_->number;
  const auto later = [this, number](Millis in, std::function<void()> what) {
    soon(in, [this, number, what = std::move(what)] {
      if (reclaim_ && reclaim_->number == number && world_.machine->on()) what();
    });
  };
  if (chance.percent(20))
    later(in_window(), [this, left = chance.between(Seconds(5), Seconds(400))] { move(world_.timeline.now() + left); });
  for (int flaps = chance.percent(15) ? chance.between(1, 4) : 0; flaps > 0; --flaps) {
    const Millis at = in_window(), for_long = chance.between(Millis(200), Seconds(9));
    later(at, [this] {
      if (item_) show_item(false);
    });
    later(at + for_long, [this] {
      if (!item_ && reclaim_->shown_by_metadata) show_item(true);
    });
  }
  if (chance.percent(30)) later(in_window(), [this] { take_back(); });
}

void Cloud::move(Millis ends) {
  reclaim_->ends = ends;
  if (world_.tracing()) world_.say("cloud", "moves the end to " + std::to_string(ends.count()) + " ms");
  if (item_ && !item_is_old_) item_ = ends;
  world_.judge->disturbed("a moved notice");
  soon(ends - world_.timeline.now(), [this, ends] { expire(ends); });
}

void Cloud::take_back() {
  Chance& chance = world_.chance;
  world_.say("cloud", "takes the reclaim back");
  reclaim_->taken_back = true;
  reclaim_->shown_by_metadata = false;
  soon(chance.between(Seconds(0), Seconds(8)), [this] {
    if (item_) show_item(false);
  });
  soon(chance.between(Seconds(0), Seconds(8)), [this] {
    if (lock_) show_lock(false);
  });
  soon(Seconds(8), [this] { reclaim_.reset(); });
  if (reclaims_left_ > 0)
    soon(chance.between(Seconds(9), Seconds(chance.percent(50) ? 40 : 400)), [this] { announce(); });
}

void Cloud::expire(Millis due) {
  Chance& chance = world_.chance;
  if (!reclaim_ || reclaim_->taken_back || reclaim_->ends != due) return;
  if (!world_.machine->on()) {  // stopped or released while it is down
    if (reclaim_->stops) return come_back();
    reclaims_left_ = 0;
    world_.machine->release();
    return forget();
  }
  if (chance.percent(15)) {
    reclaim_->ends = due + chance.between(Seconds(1), Seconds(90));  // the cloud is late, and says nothing
    return soon(reclaim_->ends - due, [this, ends = reclaim_->ends] { expire(ends); });
  }
  world_.judge->machine_goes();
  const bool back = reclaim_->stops && chance.percent(70);
  const auto after = back ? std::optional(chance.between(Seconds(30), Seconds(1800))) : std::nullopt;
  note_shown();
  world_.machine->power_off(chance.percent(50), after);
  if (back) return soon(*after, [this] { come_back(); });
  reclaims_left_ = 0;
  forget();
}

/// What a Stop-mode reclaim may leave behind. The documents do not say, so both may stay for a while or for ever.
void Cloud::come_back() {
  Chance& chance = world_.chance;
  const bool item_stays = item_ && chance.percent(40), lock_stays = lock_ && chance.percent(40);
  reclaim_.reset();
  if (!item_stays) show_item(false);
  if (!lock_stays) show_lock(false);
  item_is_old_ = item_stays, lock_is_old_ = lock_stays;
  if (item_stays) item_clear_since_ = world_.timeline.now();
  if (item_stays && chance.percent(50)) soon(chance.between(Seconds(1), Seconds(180)), [this] { show_item(false); });
  if (lock_stays) soon(chance.between(Seconds(1), Seconds(180)), [this] { show_lock(false); });
  if (reclaims_left_ > 0) soon(chance.between(Seconds(400), Seconds(800)), [this] { announce(); });
}

void Cloud::forget() {
  reclaim_.reset();
  item_.reset();
  lock_ = false;
}

}  // namespace preemptd::sim
