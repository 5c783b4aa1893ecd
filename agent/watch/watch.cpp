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
};

Timing timing_of(const Settings& settings, const State& s, WallTime termination, const Now& now) {
  const Millis left = termination - cloud_now(s, now);
  const Millis any_second = any_second_of(settings);
  if (left > kLongestNotice || left < -kLongestNotice) return {termination, now.boot + settings.window, false};
  if (left < any_second / 10) return {termination, now.boot + any_second, false};
  return {termination, now.boot + left, true};
}

/// Only the lock has spoken. It was put there at some time after the API last said there was none, so that is where the
/// window is counted from; with no such answer, from one interval ago.
Timing timing_of_lock(const Settings& settings, const State& s, const Now& now) {
  const BootTime latest = now.boot + settings.window, soonest = now.boot + any_second_of(settings);
  const BootTime since = s.lock_absent_at.value_or(now.boot - settings.control_interval);
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
    if (const auto* at = std::get_if<TerminationAt>(&answer)) return termination_at(at->time);
    s_.stale_time.reset();
    metadata_is_clear();
  }

  void on(const ControlAnswer& answer) {
    if (const auto* error = std::get_if<core::Error>(&answer))
      return failed(Source::operation_lock, s_.control, *error);
    if (std::holds_alternative<InstanceMissing>(answer)) return instance_missing();
    good(Source::operation_lock, s_.control);
    const auto& seen = std::get<InstanceSeen>(answer);
    s_.locked = seen.lock == Lock::recycling;
    if (s_.locked) return lock_seen(seen.behavior);
    s_.lock_absent_at = now_.boot;
    s_.stale_lock = false;
    if (pending(s_) && s_.absent_since) ++s_.absent_locks;
    take_back_if_clear();
  }

  void on(const ClockMeasured& measured) {
    s_.clock_error = measured.error;
    if (pending(s_) && std::exchange(s_.clock_unverified, false)) move(s_.notice->termination_time);
  }

  void on(const IdentityKnown& known) {
    s_.identity = known.identity;
    settle_what_was_found();
    name_the_instance();
  }

  void on(const IdentityMissing& missing) {
    if (!s_.identity.instance_id.empty() || !settings_.control_enabled || is_passing(missing.error.code)) return;
    tell(Source::operation_lock, s_.control,
         {core::ErrorCode::bad_input,
          "the API is not asked, because nobody says which instance this is (check metadata.url, or set "
          "control.instance_id and control.region): " +
              missing.error.what,
          missing.error.where});
  }

  void on(const NoticeFound& found) {
    if (found.notice.boot_id == now_.boot_id) {
      s_.notice = found.notice;
      s_.absent_since.reset();
      s_.stale_lock = found.notice.returned;
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

  Step done() && { return {std::move(s_), std::move(effects_)}; }

 private:
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }

  // --- health
  // ---------------------------------------------------------------------------------------------------------

  void good(Source source, SourceHealth& health) {
    health.last_good = now_.boot;
    health.failures = 0;
    if (health.told) emit(Recovered{source});
    health.told.reset();
    look_for_blindness();
    settle_what_was_found();
  }

  void failed(Source source, SourceHealth& health, const core::Error& error) {
    ++health.failures;
    const bool passing = is_passing(error.code);
    if (passing && health.failures < kFailuresTold) return;
    if (passing && health.told && is_passing(*health.told)) return;
    tell(source, health, error);
  }

  void tell(Source source, SourceHealth& health, core::Error error) {
    if (std::exchange(health.told, error.code) != error.code) emit(Trouble{source, std::move(error)});
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
    ++s_.unreadable_count;
    const std::string what =
        "instance/spot/termination-time answered '" + core::printable(text, 64) + "', which is no time";
    if (++s_.metadata.failures >= kFailuresTold)
      tell(Source::metadata, s_.metadata, {core::ErrorCode::bad_reply, what, ""});
    if (text == s_.unreadable && s_.unreadable_count > 1) return;
    s_.unreadable = text;
    emit(Remark{what + ": not draining on that alone" + asking_the_api()});
    emit(AskControlNow{});
  }

  std::string asking_the_api() const { return settings_.control_enabled ? ", asking the API" : ""; }

  void termination_at(WallTime time) {
    const bool known = pending(s_) && s_.notice->termination_time == time && heard_from(*s_.notice, Source::metadata);
    if (!known && time < booted_at(s_, now_)) return stale(time);
    s_.absent_since.reset();
    s_.absent_polls = s_.absent_locks = 0;
    if (known) return;
    if (!pending(s_)) return begin(Source::metadata, timing_of(settings_, s_, time, now_), Behavior::unknown);
    adopt(time);
  }

  /// A time of before this boot can only be what a Stop-mode reclaim left behind; the lock decides.
  void stale(WallTime time) {
    if (s_.stale_time != time) {
      s_.stale_time = time;
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
  }

  void metadata_is_clear() {
    if (!pending(s_)) return;
    if (!s_.absent_since) {
      s_.absent_since = now_.boot;
      s_.absent_polls = s_.absent_locks = 0;
      if (s_.notice->exact)
        emit(Remark{"the termination time is gone from the metadata service: taken back?" + asking_the_api()});
      emit(AskControlNow{});
    }
    ++s_.absent_polls;
    s_.clear_until = now_.boot;
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
    s_.absent_locks = 0;
    if (pending(s_)) return lock_joins(behavior);
    if (s_.stale_lock) {
      if (!std::exchange(s_.leftover_told, true))
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
    n.behavior = behavior;
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
    s_.absent_since.reset();
    emit(NoticeSeen{n});
    if (source == Source::metadata && settings_.control_enabled) emit(AskControlNow{});
  }

  void amend(Source source, Behavior behavior) {
    Notice& n = *s_.notice;
    const bool new_source = add_source(n, source);
    const bool new_behavior = behavior != Behavior::unknown && n.behavior != behavior;
    if (new_behavior) n.behavior = behavior;
    if (new_source || new_behavior) emit(NoticeAmended{n});
  }

  void take_back_if_clear() {
    if (!pending(s_) || !s_.absent_since) return;
    // What one source said before it fell silent is no agreement with what the other says much later.
    const bool lately = s_.clear_until && now_.boot - *s_.clear_until <= kBlindAfter;
    const bool for_long = lately && *s_.clear_until - *s_.absent_since >= kClearFor;
    if (core::is_ours(*s_.notice) || s_.absent_polls < kClearPolls || !for_long || s_.absent_locks < kClearLocks)
      return;
    withdraw("neither the metadata service nor the API shows it any more");
  }

  void withdraw(std::string why) {
    s_.notice->state = core::NoticeState::withdrawn;
    s_.absent_since.reset();
    emit(NoticeWithdrawn{*s_.notice, std::move(why)});
  }

  void settle_what_was_found() {
    if (!s_.unverified || s_.identity.instance_id.empty()) return;
    const Notice found = *std::exchange(s_.unverified, std::nullopt);
    if (!s_.notice) settle(found);
  }

  /// A notice given before anybody knew whose it is gets its instance as soon as that is known.
  void name_the_instance() {
    if (!pending(s_) || s_.identity.instance_id.empty() || !s_.notice->instance.instance_id.empty()) return;
    s_.notice->instance = s_.identity;
    emit(NoticeAmended{*s_.notice});
  }

  /// A notice of an earlier boot, now that we know who we are.
  void settle(Notice found) {
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
    const bool unmeasured = s_.clock_error == Millis(0) && !s_.metadata.last_good && !s_.control.last_good;
    if (found.state == core::NoticeState::pending && over && !restarted && unmeasured) {
      s_.unverified = found;  // a clock that nobody has checked is no proof that its time is over
      return;
    }
    found.deadline = now_.boot + (found.termination_time - cloud_now(s_, now_));
    if (over) found.deadline = now_.boot;
    found.boot_id = now_.boot_id;
    found.returned = found.returned || (found.state == core::NoticeState::pending && over && !restarted);
    s_.stale_lock = found.returned;
    s_.notice = found;
    s_.clock_unverified = s_.clock_error == Millis(0) && !s_.metadata.last_good;
    if (found.state == core::NoticeState::pending && over)
      return withdraw(restarted ? "the machine was started again" : "the instance came back after it");
    emit(NoticeResumed{found});
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
  return std::move(stepper).done();
}

bool wants_every_answer(const State& s) {
  return pending(s) || s.metadata.failures > 0 || !s.metadata.last_good || s.stale_time.has_value();
}

ControlNeed control_need(const State& s) {
  if (pending(s) && s.absent_since) return ControlNeed::pressing;
  return s.metadata.failures >= kFailuresTold ? ControlNeed::alone : ControlNeed::usual;
}

}  // namespace preemptd::watch
