#include "watch/watch.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::watch {
namespace {

/// A time that is already over, on a machine that still runs, means "any second now": a short deadline, not none.
constexpr Millis kAnySecond = Seconds(30);
/// The cloud announces about five minutes. Further ahead than this is a clock or format fault, not a longer notice.
constexpr Millis kLongestNotice = std::chrono::hours(1);
/// What the cloud's announcement and our look at it may add to five minutes.
constexpr Millis kCloudWindow = Seconds(300), kWindowSlack = Seconds(30);
/// A machine does not run on for this long after its time; then a clock is wrong.
constexpr Millis kGoneBy = Seconds(60);
/// How long the API may take to say whether a doubtful time is a leftover.
constexpr Millis kDoubtFor = Seconds(10);
/// One source may see a notice or its end this much later than the other.
constexpr Millis kDisagreeAfter = Seconds(10);
/// How long and how often "no notice" must be heard from each source before a pending notice counts as taken back.
constexpr unsigned kClearPolls = 3;
constexpr Millis kClearFor = Seconds(10);
constexpr unsigned kClearLocks = 2;
constexpr Millis kBlindAfter = Seconds(30);
/// One lost reply is no trouble worth a line; three in a row are.
constexpr unsigned kFailuresTold = 3;

WallTime cloud_now(const State& s, const Now& now) {
  return now.wall - s.clock_error;
}

WallTime booted_at(const State& s, const Now& now) {
  return cloud_now(s, now) - std::chrono::duration_cast<Millis>(now.boot.time_since_epoch());
}

bool pending(const State& s) {
  return s.notice && s.notice->state == core::NoticeState::pending;
}

bool heard_from(const Notice& notice, Source source) {
  return std::find(notice.sources.begin(), notice.sources.end(), source) != notice.sources.end();
}

bool add_source(Notice& notice, Source source) {
  if (heard_from(notice, source)) return false;
  notice.sources.push_back(source);
  return true;
}

Millis any_second_of(const Settings& settings) {
  return std::min(kAnySecond / std::max(settings.rehearsal_speed, 1), settings.window);
}

struct Timing {
  WallTime termination;
  BootTime deadline;
  bool exact;
  std::string remark = {};  ///< where the clocks do not agree on it
};

/// Within what the cloud announces, by some clock.
bool is_plausible(const Settings& settings, Millis left) {
  return left >= -kGoneBy && left <= std::max(settings.window, kCloudWindow) + kWindowSlack;
}

std::string in_seconds(Millis time) {
  return std::to_string(std::chrono::round<Seconds>(time).count()) + " s";
}

/// A clock that is off, or that nobody has checked, puts the end where no notice ends. The other clock may be right;
/// else the usual window counts.
Timing doubtful_timing(const Settings& settings, WallTime termination, Millis corrected, Millis local, BootTime now) {
  const bool by_local = is_plausible(settings, local);
  const Millis left = by_local ? std::max(local, any_second_of(settings)) : settings.window;
  return {termination, now + left, false,
          "a clock is wrong: the notice would end in " + in_seconds(corrected) + " by the cloud's clock and in " +
              in_seconds(local) + " by this machine's; taking " + in_seconds(left) + " (check time synchronisation)"};
}

Timing timing_of(const Settings& settings, const State& s, WallTime termination, const Now& now) {
  const Millis left = termination - cloud_now(s, now), local = termination - now.wall;
  const Millis any_second = any_second_of(settings);
  const bool clocks_agree = s.clock_measured && s.clock_error == Millis(0);
  if (!clocks_agree && !is_plausible(settings, left))
    return doubtful_timing(settings, termination, left, local, now.boot);
  if (left > kLongestNotice || left < -kLongestNotice) return {termination, now.boot + settings.window, false};
  if (left < any_second / 10) return {termination, now.boot + any_second, false};
  return {termination, now.boot + left, true};
}

/// Only the lock has spoken. It was put there at some time after the API last said there was none, so that is where the
/// window is counted from; with no such answer, from one interval ago.
Timing timing_of_lock(const Settings& settings, const State& s, const Now& now) {
  const BootTime latest = now.boot + settings.window, soonest = now.boot + any_second_of(settings);
  const BootTime since = s.lock.absent_at.value_or(now.boot - settings.control_interval);
  const BootTime deadline = std::clamp(since + settings.window, soonest, latest);
  return {cloud_now(s, now) + std::chrono::duration_cast<Millis>(deadline - now.boot), deadline, false};
}

std::string new_id(const State& s, WallTime termination) {
  const std::string instance = s.identity.instance_id.empty() ? "unknown-instance" : s.identity.instance_id;
  const std::string base = instance + "-" + core::format_utc_compact(termination);
  if (!s.notice || !s.notice->id.starts_with(base)) return base;
  // The same time again after it was taken back is another notice: -2, -3, …
  const auto tail = std::string_view(s.notice->id).substr(base.size());
  const int last = tail.starts_with('-') ? std::atoi(std::string(tail.substr(1)).c_str()) : 1;
  return base + "-" + std::to_string(last + 1);
}

bool is_passing(core::ErrorCode fault) {
  return fault == core::ErrorCode::unreachable || fault == core::ErrorCode::timed_out;
}

class Stepper {
 public:
  Stepper(const Settings& settings, State state, const Now& now)
      : settings_(settings), s_(std::move(state)), now_(now) {
    if (!s_.started) s_.started = now.boot;
  }

  void on(const MetadataAnswer& answer) {
    if (const auto* error = std::get_if<core::Error>(&answer)) return failed(Source::metadata, s_.metadata, *error);
    if (const auto* odd = std::get_if<Unreadable>(&answer)) return unreadable(odd->text);
    good(Source::metadata, s_.metadata);
    s_.clock_unverified = false;
    const auto* at = std::get_if<TerminationAt>(&answer);
    if (!std::exchange(s_.metadata_view.looked, true) && at != nullptr) s_.metadata_view.first_time = at->time;
    if (at != nullptr) return termination_at(at->time);
    s_.metadata_view.stale_time.reset();
    s_.metadata_view.doubted_at.reset();
    settle_what_was_found(true);
    metadata_is_clear();
  }

  void on(const ControlAnswer& answer) {
    if (const auto* error = std::get_if<core::Error>(&answer))
      return failed(Source::operation_lock, s_.control, *error);
    if (std::holds_alternative<InstanceMissing>(answer)) return instance_missing();
    good(Source::operation_lock, s_.control);
    const auto& seen = std::get<InstanceSeen>(answer);
    if (seen.behavior != Behavior::unknown) s_.behavior = seen.behavior;
    s_.lock.seen = seen.lock == Lock::recycling;
    if (s_.lock.seen) return lock_seen(seen.behavior);
    s_.lock.absent_at = now_.boot;
    s_.lock.stale = false;
    pass_on_behavior();
    if (pending(s_) && s_.vanishing.since) ++s_.vanishing.locks;
    take_back_if_clear();
  }

  void on(const ClockMeasured& measured) {
    s_.clock_error = measured.error;
    s_.clock_measured = true;
    if (pending(s_) && std::exchange(s_.clock_unverified, false)) move(s_.notice->termination_time);
  }

  void on(const IdentityKnown& known) {
    s_.identity = known.identity;
    settle_what_was_found();
    name_the_instance();
  }

  void on(const Recalled& recalled) {
    if (s_.behavior == Behavior::unknown) s_.behavior = recalled.behavior;
    if (!recalled.looked || s_.metadata_view.looked) return;
    s_.metadata_view.looked = true;
    s_.metadata_view.first_time = recalled.first_time;
  }

  void on(const IdentityMissing& missing) {
    if (!s_.identity.instance_id.empty() || !settings_.control_enabled || is_passing(missing.error.code)) return;
    report(Source::operation_lock, s_.control,
           {core::ErrorCode::bad_input,
            "the API is not asked, because nobody says which instance this is (check metadata.url, or set "
            "control.instance_id and control.region): " +
                missing.error.what,
            missing.error.where});
  }

  void on(const NoticeFound& found) {
    if (found.notice.boot_id == now_.boot_id) {
      s_.notice = found.notice;
      s_.vanishing.since.reset();
      s_.lock.stale = found.notice.returned;
      emit(NoticeResumed{*s_.notice});
      name_the_instance();
    } else if (s_.identity.instance_id.empty()) {
      s_.unverified = found.notice;
    } else {
      settle(found.notice);
    }
  }

  void on(const Tick& tick) {
    s_.metadata.last_good = std::max(s_.metadata.last_good, tick.metadata_good);
    s_.control.last_good = std::max(s_.control.last_good, tick.control_good);
    look_for_blindness();
  }

  /// After every event: what both sources say of a notice together.
  void compare_sources() {
    const bool metadata = s_.metadata_view.announces, lock = s_.lock.seen && !s_.lock.stale;
    const Source announcing = metadata ? Source::metadata : Source::operation_lock;
    const bool one = pending(s_) && metadata != lock && other_denies(announcing);
    if (s_.disagreement && (!one || s_.disagreement->announcing != announcing)) end_disagreement(metadata && lock);
    if (!one) return;
    if (!s_.disagreement) s_.disagreement = {announcing, now_.boot, false};
    const auto lasts = std::chrono::floor<Millis>(now_.boot - s_.disagreement->since);
    if (lasts < kDisagreeAfter || std::exchange(s_.disagreement->reported, true)) return;
    emit(SourcesDisagree{announcing, lasts});
  }

  Step done() && { return {std::move(s_), std::move(effects_)}; }

 private:
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }

  // --- health
  // ---------------------------------------------------------------------------------------------------------

  void good(Source source, SourceHealth& health) {
    health.last_good = now_.boot;
    health.failures = 0;
    if (health.reported) emit(Recovered{source});
    health.reported.reset();
    look_for_blindness();
    settle_what_was_found();
  }

  void failed(Source source, SourceHealth& health, const core::Error& error) {
    ++health.failures;
    const bool passing = is_passing(error.code);
    if (passing && health.failures < kFailuresTold) return;
    if (passing && health.reported && is_passing(*health.reported)) return;
    report(source, health, error);
  }

  void report(Source source, SourceHealth& health, core::Error error) {
    if (std::exchange(health.reported, error.code) != error.code) emit(Trouble{source, std::move(error)});
  }

  void look_for_blindness() {
    const BootTime metadata_seen = s_.metadata.last_good.value_or(*s_.started);
    const BootTime control_seen = s_.control.last_good.value_or(*s_.started);
    const bool metadata_blind = now_.boot - metadata_seen > kBlindAfter;
    const bool control_blind = !settings_.control_enabled || !s_.control.last_good ||
                               now_.boot - control_seen > 2 * settings_.control_interval + kBlindAfter / 2;
    const bool blind = metadata_blind && control_blind;
    if (blind == s_.blind_since.has_value()) return;
    if (blind) {
      s_.blind_since = std::max(metadata_seen, control_seen);
      emit(WentBlind{*s_.blind_since});
    } else {
      emit(SightRegained{std::chrono::duration_cast<Millis>(now_.boot - *std::exchange(s_.blind_since, std::nullopt))});
    }
  }

  // --- metadata
  // -------------------------------------------------------------------------------------------------------

  void unreadable(const std::string& text) {
    ++s_.metadata_view.unreadable_count;
    const std::string what =
        "instance/spot/termination-time answered '" + core::printable(text, 64) + "', which is no time";
    if (++s_.metadata.failures >= kFailuresTold)
      report(Source::metadata, s_.metadata, {core::ErrorCode::bad_reply, what, ""});
    if (text == s_.metadata_view.unreadable && s_.metadata_view.unreadable_count > 1) return;
    s_.metadata_view.unreadable = text;
    emit(Remark{what + ": not draining on that alone" + asking_the_api()});
    emit(AskControlNow{});
  }

  std::string asking_the_api() const { return settings_.control_enabled ? ", asking the API" : ""; }

  void termination_at(WallTime time) {
    const bool known = pending(s_) && s_.notice->termination_time == time && heard_from(*s_.notice, Source::metadata);
    if (!known && may_be_leftover(time) && !believes_without_proof(time)) return stale(time);
    if (s_.notice && s_.notice->termination_time == time && is_denied_leftover(time))
      return known ? metadata_is_clear() : stale(time);
    s_.metadata_view.announces = true;
    s_.vanishing.since.reset();
    s_.vanishing.polls = s_.vanishing.locks = 0;
    if (known) return;
    if (!pending(s_)) return begin(Source::metadata, timing_of(settings_, s_, time, now_), Behavior::unknown);
    adopt(time);
  }

  /// A time of before this boot, by every clock there is, can be what a Stop-mode reclaim left behind. That was there
  /// at the first look of this boot: a time that appears later is a notice, whatever the clocks say.
  bool may_be_leftover(WallTime time) const {
    if (s_.notice && s_.notice->returned && s_.notice->termination_time == time) return true;
    if (s_.metadata_view.first_time != time) return false;
    if (was_taken_back(time)) return true;
    return time < booted_at(s_, now_) && !is_plausible(settings_, time - now_.wall);
  }

  /// This machine's clock made a notice of it; by the cloud's own it is of before this boot, and the API knows of no
  /// lock.
  bool is_denied_leftover(WallTime time) const {
    const bool ours = s_.notice->boot_id == now_.boot_id && s_.metadata_view.first_time == time;
    return ours && s_.clock_measured && s_.lock.absent_at && !s_.lock.seen && time < booted_at(s_, now_);
  }

  /// A watcher before this one has taken back a time of before this boot: it may have been denied as a leftover.
  bool was_taken_back(WallTime time) const {
    const bool same = s_.notice && !pending(s_) && s_.notice->termination_time == time;
    return same && settings_.control_enabled && time < booted_at(s_, now_);
  }

  /// A clock that nobody has checked proves nothing. The API may; where it does not say so soon, the time counts.
  bool believes_without_proof(WallTime time) {
    if ((s_.clock_measured && !was_taken_back(time)) || (s_.notice && s_.notice->returned)) return false;
    if (!settings_.control_enabled) return true;
    const BootTime since = s_.metadata_view.doubted_at.value_or(now_.boot);
    s_.metadata_view.doubted_at = since;
    const bool denied = s_.lock.absent_at && *s_.lock.absent_at >= since;
    if (denied && !s_.clock_measured) settle_what_was_found(true);
    return !denied && now_.boot - since >= kDoubtFor;
  }

  /// The lock decides.
  void stale(WallTime time) {
    s_.metadata_view.announces = false;
    if (s_.metadata_view.stale_time != time) {
      s_.metadata_view.stale_time = time;
      emit(Remark{"termination time " + core::format_utc(time) +
                  " is older than this boot: left over from an earlier reclaim unless the API confirms it"});
      emit(AskControlNow{});
    }
    metadata_is_clear();
  }

  void adopt(WallTime time) {
    add_source(*s_.notice, Source::metadata);
    move(time);
  }

  void move(WallTime time) { move(timing_of(settings_, s_, time, now_)); }

  void move(const Timing& timing) {
    Notice& n = *s_.notice;
    const WallTime before = n.termination_time;
    n.termination_time = timing.termination;
    n.deadline = timing.deadline;
    n.exact = timing.exact;
    n.clock_error = s_.clock_error;
    emit(NoticeMoved{n, before});
    if (!timing.remark.empty()) emit(Remark{timing.remark});
  }

  void metadata_is_clear() {
    s_.metadata_view.announces = false;
    if (!pending(s_)) return;
    if (!s_.vanishing.since) {
      s_.vanishing.since = now_.boot;
      s_.vanishing.polls = s_.vanishing.locks = 0;
      if (s_.notice->exact)
        emit(Remark{"the termination time is gone from the metadata service: taken back?" + asking_the_api()});
      emit(AskControlNow{});
    }
    ++s_.vanishing.polls;
    s_.vanishing.until = now_.boot;
    take_back_if_clear();
  }

  // --- control
  // --------------------------------------------------------------------------------------------------------

  void instance_missing() {
    failed(Source::operation_lock, s_.control,
           core::Error{core::ErrorCode::refused, "DescribeInstances does not list this instance",
                       s_.identity.instance_id});
  }

  void lock_seen(Behavior behavior) {
    s_.vanishing.locks = 0;
    if (pending(s_)) return lock_joins(behavior);
    if (s_.lock.stale) {
      if (!std::exchange(s_.lock.stale_remarked, true))
        emit(Remark{
            "the Recycling lock is still there after the instance came back: taken for the old one until it goes"});
      return;
    }
    begin(Source::operation_lock, timing_of_lock(settings_, s_, now_), behavior);
  }

  /// An operator's drain may have taken its time; the cloud's own is no longer than its window.
  void lock_joins(Behavior behavior) {
    const bool ours = core::is_ours(*s_.notice);
    amend(Source::operation_lock, behavior);
    const Timing timing = timing_of_lock(settings_, s_, now_);
    if (ours && timing.deadline < s_.notice->deadline) move(timing);
  }

  // --- the notice
  // -----------------------------------------------------------------------------------------------------

  void begin(Source source, const Timing& timing, Behavior behavior) {
    Notice n;
    const bool known = s_.unverified && s_.unverified->termination_time == timing.termination;
    n.id = known ? s_.unverified->id : new_id(s_, timing.termination);
    n.instance = s_.identity;
    n.sources = {source};
    n.behavior = behavior == Behavior::unknown ? s_.behavior : behavior;
    n.termination_time = timing.termination;
    n.exact = timing.exact;
    n.deadline = timing.deadline;
    n.boot_id = now_.boot_id;
    n.seen_at = now_.wall;
    n.seen_at_boot = now_.boot;
    n.clock_error = s_.clock_error;
    n.rehearsal = settings_.rehearsal_speed > 0;
    n.speed = std::max(settings_.rehearsal_speed, 1);
    if (known) s_.unverified.reset();
    s_.notice = n;
    s_.vanishing.since.reset();
    emit(NoticeSeen{n});
    if (!timing.remark.empty()) emit(Remark{timing.remark});
    if (source == Source::metadata && settings_.control_enabled) emit(AskControlNow{});
  }

  void amend(Source source, Behavior behavior) {
    Notice& n = *s_.notice;
    const bool new_source = add_source(n, source);
    const bool new_behavior = behavior != Behavior::unknown && n.behavior != behavior;
    if (new_behavior) n.behavior = behavior;
    if (new_source || new_behavior) emit(NoticeAmended{n});
  }

  /// The API also says it where no lock is there (yet): hooks ask for it.
  void pass_on_behavior() {
    if (!pending(s_) || core::is_ours(*s_.notice) || s_.notice->behavior != Behavior::unknown) return;
    if (s_.behavior == Behavior::unknown) return;
    s_.notice->behavior = s_.behavior;
    emit(NoticeAmended{*s_.notice});
  }

  void take_back_if_clear() {
    if (!pending(s_) || !s_.vanishing.since) return;
    // What one source said before it fell silent is no agreement with what the other says much later.
    const bool lately = s_.vanishing.until && now_.boot - *s_.vanishing.until <= kBlindAfter;
    const bool for_long = lately && *s_.vanishing.until - *s_.vanishing.since >= kClearFor;
    if (core::is_ours(*s_.notice) || s_.vanishing.polls < kClearPolls || !for_long || s_.vanishing.locks < kClearLocks)
      return;
    withdraw("neither the metadata service nor the API shows it any more");
  }

  void withdraw(std::string why) {
    s_.notice->state = core::NoticeState::withdrawn;
    s_.vanishing.since.reset();
    emit(NoticeWithdrawn{*s_.notice, std::move(why)});
  }

  /// `over`: a source says that its time is gone, so that no clock is needed to know it.
  void settle_what_was_found(bool over = false) {
    if (!s_.unverified || s_.identity.instance_id.empty()) return;
    const Notice found = *std::exchange(s_.unverified, std::nullopt);
    if (!s_.notice) settle(found, over);
  }

  /// A notice given before anybody knew whose it is gets its instance as soon as that is known.
  void name_the_instance() {
    if (!pending(s_) || s_.identity.instance_id.empty() || !s_.notice->instance.instance_id.empty()) return;
    s_.notice->instance = s_.identity;
    emit(NoticeAmended{*s_.notice});
  }

  /// A notice of an earlier boot, now that we know who we are.
  void settle(Notice found, bool proved_over = false) {
    if (found.instance.instance_id.empty())
      return emit(NoticeForgotten{
          found,
          "it names none and may have come with an image; if this node gave it, preemptctl undo takes its drain back"});
    if (found.instance.instance_id != s_.identity.instance_id)
      return emit(NoticeForgotten{
          found, "it belongs to " + found.instance.instance_id + ", this is " + s_.identity.instance_id});
    const bool restarted =
        found.sources == std::vector{Source::shutdown};  // its end was the shutdown's, not the time's
    const bool over = restarted || found.termination_time <= cloud_now(s_, now_);
    const bool unmeasured = !s_.clock_measured && !s_.control.last_good && !proved_over;
    if (found.state == core::NoticeState::pending && over && !restarted && unmeasured) {
      s_.unverified = found;  // a clock that nobody has checked is no proof that its time is over
      return;
    }
    found.deadline = over ? now_.boot : deadline_here(found);
    found.boot_id = now_.boot_id;
    found.returned = found.returned || (found.state == core::NoticeState::pending && over && !restarted);
    s_.lock.stale = found.returned;
    s_.notice = found;
    s_.clock_unverified = s_.clock_error == Millis(0) && !s_.metadata.last_good;
    if (found.state == core::NoticeState::pending && over)
      return withdraw(restarted ? "the machine was started again" : "the instance came back after it");
    emit(NoticeResumed{found});
  }

  /// An operator's drain may take long; the cloud's own is no longer than its window.
  BootTime deadline_here(const Notice& found) const {
    if (!core::is_ours(found)) return timing_of(settings_, s_, found.termination_time, now_).deadline;
    return core::boot_time_after(now_.boot, found.termination_time - cloud_now(s_, now_));
  }

  bool other_denies(Source announcing) const {
    if (announcing == Source::operation_lock) return s_.vanishing.since.has_value();
    return s_.lock.absent_at && *s_.lock.absent_at > s_.notice->seen_at_boot;
  }

  void end_disagreement(bool both_announce) {
    const Disagreement was = *std::exchange(s_.disagreement, std::nullopt);
    if (!was.reported) return;
    emit(SourcesAgree{was.announcing, std::chrono::floor<Millis>(now_.boot - was.since), both_announce});
  }

  const Settings& settings_;
  State s_;
  const Now& now_;
  std::vector<Effect> effects_;
};

}  // namespace

Step step(const Settings& settings, State state, const Event& event, const Now& now) {
  Stepper stepper(settings, std::move(state), now);
  std::visit([&](const auto& e) { stepper.on(e); }, event);
  stepper.compare_sources();
  return std::move(stepper).done();
}

bool wants_every_answer(const State& s) {
  return pending(s) || s.metadata.failures > 0 || !s.metadata.last_good || s.metadata_view.stale_time.has_value();
}

ControlNeed control_need(const State& s) {
  if (pending(s) && s.vanishing.since) return ControlNeed::pressing;
  return s.metadata.failures >= kFailuresTold ? ControlNeed::alone : ControlNeed::usual;
}

}  // namespace preemptd::watch
