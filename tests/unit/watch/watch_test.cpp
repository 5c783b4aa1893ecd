#include "watch/watch.h"

#include <doctest/doctest.h>

#include "core/utc.h"

using namespace preemptd;
using namespace preemptd::watch;
using namespace std::chrono_literals;

namespace {

/// A watcher in a world whose clocks are moved by hand. The machine booted 1000 s ago.
class World {
 public:
  World() {
    now.boot = BootTime(1000s);
    now.wall = *core::parse_utc("2026-11-23T08:00:00Z");
    now.boot_id = "boot-1";
    tell(ClockMeasured{0ms});
  }

  std::vector<Effect> tell(const Event& event) {
    Step out = step(settings, state, event, now);
    state = std::move(out.next);
    return out.effects;
  }
  std::vector<Effect> metadata(MetadataAnswer answer) { return tell(Event(std::move(answer))); }
  std::vector<Effect> control(ControlAnswer answer) { return tell(Event(std::move(answer))); }
  /// Nobody has compared the clocks.
  World unmeasured() && {
    state.clock_measured = false;
    return std::move(*this);
  }
  void identify(const std::string& id = "i-1") {
    tell(IdentityKnown{{id, "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"}});
  }
  void pass(Millis by) {
    now.boot += by;
    now.wall += by;
  }

  Settings settings;
  State state;
  Now now;
};

template <typename T>
const T* find(const std::vector<Effect>& effects) {
  for (const auto& effect : effects)
    if (const auto* found = std::get_if<T>(&effect)) return found;
  return nullptr;
}

const ControlAnswer kNoLock = InstanceSeen{Lock::absent, Behavior::unknown};
const ControlAnswer kLocked = InstanceSeen{Lock::recycling, Behavior::stop};
core::Error error(core::ErrorCode fault) {
  return {fault, "it failed", "GET x"};
}

World drained_world(Millis notice = 300s) {
  World w;
  w.identify();
  w.metadata(NoTermination{});
  w.control(kNoLock);
  w.metadata(TerminationAt{w.now.wall + notice});
  return w;
}

/// 20 s into the next boot, and this much later than a world began.
World next_boot(Millis later) {
  World w;
  w.now.wall += later;
  w.now.boot = BootTime(20s);
  w.now.boot_id = "boot-2";
  return w;
}

}  // namespace

TEST_CASE("watch: a termination time starts one drain, however often it is repeated") {
  World w;
  w.identify();
  const WallTime at = w.now.wall + 300s;
  const auto first = w.metadata(TerminationAt{at});
  REQUIRE(find<NoticeSeen>(first));
  const Notice& n = find<NoticeSeen>(first)->notice;
  CHECK(n.id == "i-1-20261123T080500Z");
  CHECK(n.deadline == w.now.boot + 300s);
  CHECK(n.exact);
  CHECK(n.sources == std::vector{Source::metadata});
  w.pass(1s);
  CHECK(w.metadata(TerminationAt{at}).empty());
}

TEST_CASE("watch: a notice seen by metadata is cross-checked with the API, and a lock only adds itself") {
  World w;
  w.identify();
  CHECK(find<AskControlNow>(w.metadata(TerminationAt{w.now.wall + 300s})));
  const auto effects = w.control(kLocked);
  REQUIRE(find<NoticeAmended>(effects));
  CHECK(find<NoticeAmended>(effects)->notice.sources == std::vector{Source::metadata, Source::operation_lock});
  CHECK(find<NoticeAmended>(effects)->notice.behavior == Behavior::stop);
  CHECK(w.control(kLocked).empty());
}

TEST_CASE("watch: silence and errors are not news") {
  World w = drained_world();
  for (const auto fault : {core::ErrorCode::unreachable, core::ErrorCode::timed_out, core::ErrorCode::bad_reply,
                           core::ErrorCode::denied}) {
    w.pass(60s);
    w.metadata(error(fault));
    w.control(error(fault));
  }
  CHECK(w.state.notice->state == core::NoticeState::pending);
}

TEST_CASE("watch: the lock alone starts a drain, with the window counted from the last answer without it") {
  World w;
  w.identify();
  w.control(kNoLock);
  w.pass(40s);
  const auto effects = w.control(kLocked);
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 260s);
  CHECK_FALSE(find<NoticeSeen>(effects)->notice.exact);
}

TEST_CASE("watch: a lock at the very first look may be one interval old") {
  World w;
  w.identify();
  CHECK(find<NoticeSeen>(w.control(kLocked))->notice.deadline == w.now.boot + 240s);
}

TEST_CASE("watch: a lock not looked for in a long time leaves at least the shortest slot") {
  World w;
  w.identify();
  w.control(kNoLock);
  w.pass(3600s);
  CHECK(find<NoticeSeen>(w.control(kLocked))->notice.deadline == w.now.boot + 30s);
}

TEST_CASE("watch: the true time replaces the guess made from the lock, and keeps the notice's id") {
  World w;
  w.identify();
  const Notice guess = find<NoticeSeen>(w.control(kLocked))->notice;
  const WallTime at = w.now.wall + 290s;
  const auto effects = w.metadata(TerminationAt{at});
  REQUIRE(find<NoticeMoved>(effects));
  const Notice& n = find<NoticeMoved>(effects)->notice;
  CHECK(n.id == guess.id);
  CHECK(n.exact);
  CHECK(n.termination_time == at);
  CHECK(n.sources == std::vector{Source::operation_lock, Source::metadata});
}

TEST_CASE("watch: a moved time is adopted, earlier or later") {
  World w = drained_world(300s);
  for (const Millis left : {Millis(200s), Millis(400s)}) {
    const auto effects = w.metadata(TerminationAt{w.now.wall + left});
    REQUIRE(find<NoticeMoved>(effects));
    CHECK(find<NoticeMoved>(effects)->notice.deadline == w.now.boot + left);
  }
}

TEST_CASE("watch: a wall clock that steps does not move a deadline") {
  World w = drained_world(300s);
  const auto deadline = w.state.notice->deadline;
  const WallTime at = w.state.notice->termination_time;
  w.now.wall += 3h;
  CHECK(w.metadata(TerminationAt{at}).empty());
  CHECK(w.state.notice->deadline == deadline);
}

TEST_CASE("watch: a local clock that is off does not shift the deadline") {
  World w;
  w.identify();
  w.now.wall += 2h;
  w.tell(ClockMeasured{2h});
  const auto effects = w.metadata(TerminationAt{w.now.wall - 2h + 300s});
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 300s);
}

TEST_CASE("watch: a time just over means any second now, a short deadline and not none") {
  World w;
  w.identify();
  const WallTime at = w.now.wall - 20s;
  const auto effects = w.metadata(TerminationAt{at});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 30s);
  w.pass(1s);
  CHECK(w.metadata(TerminationAt{at}).empty());
}

TEST_CASE("watch: a time further ahead than any notice is taken for the usual window, once") {
  World w;
  w.identify();
  const WallTime at = w.now.wall + 48h;
  CHECK(find<NoticeSeen>(w.metadata(TerminationAt{at}))->notice.deadline == w.now.boot + 300s);
  w.pass(1s);
  CHECK(w.metadata(TerminationAt{at}).empty());
}

TEST_CASE("watch: a time older than this boot is stale unless the lock confirms it") {
  World w;
  w.identify();
  const WallTime old = w.now.wall - 2000s;
  const auto effects = w.metadata(TerminationAt{old});
  CHECK_FALSE(find<NoticeSeen>(effects));
  CHECK(find<AskControlNow>(effects));
  CHECK(find<Remark>(effects));
  CHECK_FALSE(find<Remark>(w.metadata(TerminationAt{old})));
  CHECK(find<NoticeSeen>(w.control(kLocked)));
}

TEST_CASE("watch: an unreadable answer drains nothing, is counted and cross-checked at once") {
  World w;
  w.identify();
  const auto effects = w.metadata(Unreadable{"<html>\x1b[31m"});
  CHECK_FALSE(find<NoticeSeen>(effects));
  CHECK(find<AskControlNow>(effects));
  CHECK(find<Remark>(effects)->text.find("\\x1B") != std::string::npos);
  CHECK_FALSE(find<Remark>(w.metadata(Unreadable{"<html>\x1b[31m"})));
  CHECK(w.state.metadata_view.unreadable_count == 2);
}

TEST_CASE("watch: a notice is taken back only when both sources say so, for long enough") {
  World w = drained_world();
  CHECK(find<AskControlNow>(w.metadata(NoTermination{})));
  for (int i = 0; i < 20; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
  }
  CHECK_FALSE(find<NoticeWithdrawn>(w.control(kNoLock)));
  const auto effects = w.control(kNoLock);
  REQUIRE(find<NoticeWithdrawn>(effects));
  CHECK(find<NoticeWithdrawn>(effects)->notice.state == core::NoticeState::withdrawn);
}

TEST_CASE("watch: a lock that stays keeps a notice alive without its time") {
  World w = drained_world();
  for (int i = 0; i < 100; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
    CHECK_FALSE(find<NoticeWithdrawn>(w.control(kLocked)));
  }
}

TEST_CASE("watch: a time that flaps starts the counting again") {
  World w = drained_world();
  const WallTime at = w.state.notice->termination_time;
  for (int i = 0; i < 50; ++i) {
    w.pass(8s);
    w.control(kNoLock);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
    w.pass(1s);
    CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{at})));
  }
}

TEST_CASE("watch: after a notice was taken back, the same time again is another notice") {
  World w = drained_world();
  const Notice first = *w.state.notice;
  w.state.notice->state = core::NoticeState::withdrawn;
  const auto effects = w.metadata(TerminationAt{first.termination_time});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.id == first.id + "-2");
}

TEST_CASE("watch: a time of before this boot that an earlier watcher took back waits for the API") {
  World before = drained_world();
  Notice taken_back = *before.state.notice;
  taken_back.state = core::NoticeState::withdrawn;
  taken_back.boot_id = "boot-2";
  World w = next_boot(325s);
  w.tell(NoticeFound{taken_back});
  w.identify();
  CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{taken_back.termination_time})));
  w.control(kNoLock);
  CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{taken_back.termination_time})));
  CHECK(find<NoticeSeen>(w.control(kLocked)));
}

TEST_CASE("watch: a restart within the boot goes on with the notice on disk") {
  World before = drained_world();
  World w;
  w.now = before.now;
  CHECK(find<NoticeResumed>(w.tell(NoticeFound{*before.state.notice})));
  w.identify();
  CHECK(w.metadata(TerminationAt{before.state.notice->termination_time}).empty());
}

TEST_CASE("watch: a reboot inside the window goes on with the rest of the window") {
  World before = drained_world(300s);
  World w = next_boot(100s);
  CHECK(w.tell(NoticeFound{*before.state.notice}).empty());
  w.identify();
  REQUIRE(w.state.notice);
  CHECK(w.state.notice->deadline == BootTime(220s));
  CHECK(w.state.notice->boot_id == "boot-2");
  CHECK(w.state.notice->id == before.state.notice->id);
}

TEST_CASE(
    "watch: an instance that comes back after its notice takes the drain back, and its old signs start no other") {
  World before = drained_world(300s);
  World w = next_boot(2h);
  w.tell(NoticeFound{*before.state.notice});
  CHECK(find<NoticeWithdrawn>(w.tell(IdentityKnown{{"i-1", "cn-hangzhou", "", ""}})));
  CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{before.state.notice->termination_time})));
  CHECK_FALSE(find<NoticeSeen>(w.control(kLocked)));
  w.control(kNoLock);
  CHECK(find<NoticeSeen>(w.control(kLocked)));
}

TEST_CASE("watch: a clock that nobody has checked is no proof that the time of a notice is over") {
  World before = drained_world(300s);
  World w = next_boot(2h).unmeasured();
  w.tell(NoticeFound{*before.state.notice});
  CHECK(w.tell(IdentityKnown{{"i-1", "cn-hangzhou", "", ""}}).empty());
  CHECK(w.metadata(core::Error{core::ErrorCode::timed_out, "", ""}).empty());
  w.tell(ClockMeasured{2h - 100s});
  CHECK(find<NoticeResumed>(w.metadata(NoTermination{})));
  CHECK(w.state.notice->deadline == BootTime(220s));
}

TEST_CASE("watch: a restart after the return still takes the old lock for the old one") {
  World before = drained_world(300s);
  Notice old = *before.state.notice;
  old.state = core::NoticeState::withdrawn;
  old.returned = true;
  old.boot_id = "boot-2";
  World w = next_boot(2h);
  w.now.boot = BootTime(60s);
  w.tell(NoticeFound{old});
  w.identify();
  w.metadata(NoTermination{});
  CHECK_FALSE(find<NoticeSeen>(w.control(kLocked)));
}

TEST_CASE("watch: a notice baked into an image is not this instance's") {
  World before = drained_world();
  World w = next_boot(0s);
  w.tell(NoticeFound{*before.state.notice});
  const auto effects = w.tell(IdentityKnown{{"i-2", "cn-hangzhou", "", ""}});
  CHECK(find<NoticeForgotten>(effects));
  CHECK_FALSE(w.state.notice);
}

TEST_CASE("watch: a notice does not wait for the identity, and gets it when it comes") {
  World w;
  const auto effects = w.metadata(TerminationAt{w.now.wall + 300s});
  CHECK(find<NoticeSeen>(effects)->notice.id == "unknown-instance-20261123T080500Z");
  const auto amended = w.tell(IdentityKnown{{"i-1", "cn-hangzhou", "", ""}});
  REQUIRE(find<NoticeAmended>(amended));
  CHECK(find<NoticeAmended>(amended)->notice.instance.instance_id == "i-1");
}

TEST_CASE("watch: trouble is said once, passing trouble only when it lasts, and the recovery too") {
  World w;
  CHECK(find<Trouble>(w.control(error(core::ErrorCode::denied))));
  CHECK(w.control(error(core::ErrorCode::denied)).empty());
  CHECK(find<Recovered>(w.control(kNoLock)));

  CHECK(w.metadata(error(core::ErrorCode::timed_out)).empty());
  CHECK(w.metadata(error(core::ErrorCode::unreachable)).empty());
  CHECK(find<Trouble>(w.metadata(error(core::ErrorCode::timed_out))));
  CHECK(w.metadata(error(core::ErrorCode::unreachable)).empty());
  CHECK(find<Recovered>(w.metadata(NoTermination{})));
}

TEST_CASE("watch: an instance the API does not list is a trouble, not a reclaim") {
  World w;
  w.identify();
  const auto effects = w.control(InstanceMissing{});
  CHECK(find<Trouble>(effects));
  CHECK_FALSE(find<NoticeSeen>(effects));
}

TEST_CASE("watch: blind is when neither source has answered for too long, and it is said when it ends") {
  World w;
  w.metadata(NoTermination{});
  w.control(kNoLock);
  w.pass(100s);
  CHECK(w.tell(Tick{}).empty());
  w.pass(60s);
  CHECK(find<WentBlind>(w.tell(Tick{})));
  CHECK(w.tell(Tick{}).empty());
  w.pass(40s);
  const auto effects = w.metadata(NoTermination{});
  REQUIRE(find<SightRegained>(effects));
  CHECK(find<SightRegained>(effects)->blind_for == 200s);
}

TEST_CASE("watch: good answers that were not told one by one keep the watch sighted") {
  World w;
  w.metadata(NoTermination{});
  w.pass(1h);
  CHECK(w.tell(Tick{w.now.boot - 1s, std::nullopt}).empty());
}

TEST_CASE("watch: a rehearsal's notice says so") {
  World w;
  w.settings.rehearsal_speed = 10;
  w.settings.window = 30s;
  w.identify();
  const auto effects = w.metadata(TerminationAt{w.now.wall + 30s});
  CHECK(find<NoticeSeen>(effects)->notice.rehearsal);
  CHECK(find<NoticeSeen>(effects)->notice.speed == 10);
}

TEST_CASE("watch: a drain because of a shutdown is undone after the boot, an operator's is not") {
  for (const Source source : {Source::shutdown, Source::manual}) {
    World w;
    w.identify();
    Notice n = *drained_world().state.notice;
    n.sources = {source};
    n.boot_id = "an-earlier-boot";
    n.instance = w.state.identity;
    n.termination_time = w.now.wall + 200s;
    const auto effects = w.tell(NoticeFound{n});
    CHECK((find<NoticeWithdrawn>(effects) != nullptr) == (source == Source::shutdown));
    CHECK((find<NoticeResumed>(effects) != nullptr) == (source == Source::manual));
    CHECK_FALSE(w.state.lock.stale);
  }
}

TEST_CASE(
    "watch: a notice that names no instance is this one's in this boot, and in the next may have come with an image") {
  Notice unnamed = *drained_world().state.notice;
  unnamed.sources = {Source::shutdown};
  unnamed.instance = {};
  World w;
  w.identify();
  const auto effects = w.tell(NoticeFound{unnamed});
  REQUIRE(find<NoticeAmended>(effects));
  CHECK(find<NoticeAmended>(effects)->notice.instance.instance_id == "i-1");

  World next = next_boot(0s);
  CHECK(next.tell(NoticeFound{unnamed}).empty());
  CHECK(find<NoticeForgotten>(next.tell(IdentityKnown{{"i-1", "cn-hangzhou", "", ""}})));
  CHECK_FALSE(next.state.notice);
}

TEST_CASE("watch: an operator's drain is not taken back by the cloud, and a real notice joins it") {
  World w;
  w.identify();
  Notice n = *drained_world().state.notice;
  n.sources = {Source::manual};
  n.boot_id = w.now.boot_id;
  w.tell(NoticeFound{n});
  for (int i = 0; i < 30; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
    CHECK_FALSE(find<NoticeWithdrawn>(w.control(kNoLock)));
  }
  const auto effects = w.metadata(TerminationAt{w.now.wall + 100s});
  REQUIRE(find<NoticeMoved>(effects));
  CHECK(find<NoticeMoved>(effects)->notice.id == n.id);
}

TEST_CASE("watch: what one source said before it fell silent takes no notice back, however long ago") {
  World w = drained_world();
  for (int i = 0; i < 4; ++i) {
    w.metadata(NoTermination{});
    w.pass(1s);
  }
  w.pass(60s);
  for (int i = 0; i < 10; ++i) {
    w.pass(5s);
    w.metadata(error(core::ErrorCode::timed_out));
    CHECK_FALSE(find<NoticeWithdrawn>(w.control(kNoLock)));
  }
}

TEST_CASE("watch: after the return the old lock is no notice, also before metadata has answered and at the next boot") {
  World before = drained_world(300s);
  World w = next_boot(2h);
  w.tell(NoticeFound{*before.state.notice});
  w.identify();
  CHECK_FALSE(find<NoticeSeen>(w.control(kLocked)));
  CHECK(w.state.notice->returned);

  World next;
  next.now.wall = w.now.wall + 1h;
  next.now.boot = BootTime(20s);
  next.now.boot_id = "boot-3";
  next.tell(NoticeFound{*w.state.notice});
  next.identify();
  CHECK_FALSE(find<NoticeSeen>(next.control(kLocked)));
}

TEST_CASE("watch: an instance that is not listed does not take a pending notice back") {
  World w = drained_world();
  for (int i = 0; i < 30; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
    CHECK_FALSE(find<NoticeWithdrawn>(w.control(InstanceMissing{})));
  }
}

TEST_CASE("watch: without the API no notice is taken back") {
  World w = drained_world();
  w.settings.control_enabled = false;
  for (int i = 0; i < 300; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<NoticeWithdrawn>(w.metadata(NoTermination{})));
  }
}

TEST_CASE("watch: a deadline taken over from another boot is corrected when the cloud tells the time") {
  World before = drained_world(300s);
  World w = next_boot(100s - 1h).unmeasured();
  w.tell(NoticeFound{*before.state.notice});
  w.metadata(error(core::ErrorCode::timed_out));
  w.identify();
  CHECK(w.state.notice->deadline == BootTime(20s) + 300s);  // never more than the window
  const auto effects = w.tell(ClockMeasured{-1h});
  REQUIRE(find<NoticeMoved>(effects));
  CHECK(w.state.notice->deadline == BootTime(220s));
}

TEST_CASE("watch: a service that does not say who we are costs the API, and that is said once with what to do") {
  World w;
  const auto missing = IdentityMissing{error(core::ErrorCode::bad_reply)};
  const auto effects = w.tell(missing);
  REQUIRE(find<Trouble>(effects));
  CHECK(find<Trouble>(effects)->source == Source::operation_lock);
  CHECK(find<Trouble>(effects)->error.what.find("control.instance_id") != std::string::npos);
  CHECK(find<Trouble>(effects)->error.code == core::ErrorCode::bad_input);  // a setting corrects it, no RAM role
  CHECK(w.tell(IdentityMissing{error(core::ErrorCode::denied)}).empty());
  CHECK(w.tell(missing).empty());
  w.identify();
  CHECK(find<Recovered>(w.control(kNoLock)));
  CHECK(w.tell(missing).empty());
}

TEST_CASE(
    "watch: who we are is no trouble of the API's while metadata is silent, the API is off, or it is known anyway") {
  World silent;
  CHECK(silent.tell(IdentityMissing{error(core::ErrorCode::timed_out)}).empty());
  World alone;
  alone.settings.control_enabled = false;
  CHECK(alone.tell(IdentityMissing{error(core::ErrorCode::bad_reply)}).empty());
}

TEST_CASE(
    "watch: answers that are no time are a trouble once there were three, and no answer of the API is promised without "
    "one") {
  World w;
  w.settings.control_enabled = false;
  const auto first = w.metadata(Unreadable{"<html>"});
  REQUIRE(find<Remark>(first));
  CHECK(find<Remark>(first)->text.find("API") == std::string::npos);
  CHECK_FALSE(find<Trouble>(first));
  w.metadata(Unreadable{"<html>"});
  const auto third = w.metadata(Unreadable{"<html>"});
  REQUIRE(find<Trouble>(third));
  CHECK(find<Trouble>(third)->error.code == core::ErrorCode::bad_reply);
  CHECK(w.metadata(Unreadable{"<html>"}).empty());
  CHECK(find<Recovered>(w.metadata(NoTermination{})));
}

TEST_CASE("watch: a stale time does not keep alive what only the lock had said") {
  World w = next_boot(400s);
  w.identify();
  const WallTime old = w.now.wall - 100s;
  w.metadata(TerminationAt{old});
  w.control(kLocked);
  REQUIRE(w.state.notice->state == core::NoticeState::pending);
  unsigned asked = 0;
  for (int i = 0; i < 12; ++i) {
    w.pass(1s);
    if (find<AskControlNow>(w.metadata(TerminationAt{old}))) ++asked;
    w.control(kNoLock);
  }
  CHECK(w.state.notice->state == core::NoticeState::withdrawn);
  CHECK(asked == 1);
}

TEST_CASE("watch: a lock that joins an operator's long drain brings the cloud's own deadline") {
  World w;
  w.identify();
  w.control(kNoLock);
  Notice manual;
  manual.id = "manual-1";
  manual.instance.instance_id = "i-1";
  manual.sources = {Source::manual};
  manual.boot_id = w.now.boot_id;
  manual.exact = true;
  manual.termination_time = w.now.wall + 1800s;
  manual.deadline = w.now.boot + 1800s;
  w.tell(NoticeFound{manual});
  w.pass(10s);
  const auto effects = w.control(kLocked);
  REQUIRE(find<NoticeMoved>(effects));
  CHECK(find<NoticeMoved>(effects)->notice.deadline == w.now.boot + 290s);
  CHECK_FALSE(find<NoticeMoved>(effects)->notice.exact);
  CHECK(find<NoticeMoved>(effects)->notice.sources == std::vector{Source::manual, Source::operation_lock});
  w.pass(10s);
  CHECK(w.control(kLocked).empty());
}

TEST_CASE(
    "watch: the API is asked within seconds for a notice that vanishes, and at half its pace while it watches alone") {
  World w = drained_world();
  CHECK(control_need(w.state) == ControlNeed::usual);
  w.metadata(NoTermination{});
  CHECK(control_need(w.state) == ControlNeed::pressing);
  World dead;
  for (int i = 0; i < 3; ++i) dead.metadata(error(core::ErrorCode::timed_out));
  CHECK(control_need(dead.state) == ControlNeed::alone);
}

namespace {

/// A world whose local clock is off by this much, with no Date header.
World wrong_clock(Millis ahead) {
  World w = World().unmeasured();
  w.now.wall += ahead;
  return w;
}

const WallTime kTrueNow = World().now.wall;

}  // namespace

TEST_CASE("watch: a time that appears while we look is a notice, however old a wrong clock makes it") {
  for (const Millis ahead : {Millis(24h), Millis(24h * 3650), Millis(-24h), Millis(-24h * 7300)}) {
    CAPTURE(ahead.count());
    World w = wrong_clock(ahead);
    w.identify();
    w.metadata(NoTermination{});
    w.pass(1s);
    const auto effects = w.metadata(TerminationAt{kTrueNow + 120s});
    REQUIRE(find<NoticeSeen>(effects));
    const Notice& n = find<NoticeSeen>(effects)->notice;
    CHECK(n.deadline == w.now.boot + 300s);
    CHECK_FALSE(n.exact);
    REQUIRE(find<Remark>(effects));
    CHECK(find<Remark>(effects)->text.find("a clock is wrong") != std::string::npos);
  }
}

TEST_CASE("watch: the same after a restart in this boot, whose first watcher saw no time") {
  World w = wrong_clock(24h);
  w.tell(Recalled{Behavior::stop, true, {}});
  w.identify();
  const auto effects = w.metadata(TerminationAt{kTrueNow + 120s});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.behavior == Behavior::stop);
}

TEST_CASE("watch: with a wrong Date the local clock may still be right") {
  World w;
  w.identify();
  w.tell(ClockMeasured{-24h});  // the Date header is a day ahead
  const auto effects = w.metadata(TerminationAt{w.now.wall + 120s});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 120s);
}

TEST_CASE("watch: an old time at the first look counts where nobody has checked the clock and the API cannot deny it") {
  SUBCASE("the API is off") {
    World w = wrong_clock(24h);
    w.settings.control_enabled = false;
    CHECK(find<NoticeSeen>(w.metadata(TerminationAt{kTrueNow + 120s})));
  }
  SUBCASE("the API does not answer") {
    World w = wrong_clock(24h);
    CHECK(find<AskControlNow>(w.metadata(TerminationAt{kTrueNow + 120s})));
    w.pass(9s);
    CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{kTrueNow + 120s})));
    w.control(error(core::ErrorCode::denied));
    w.pass(1s);
    CHECK(find<NoticeSeen>(w.metadata(TerminationAt{kTrueNow + 120s})));
  }
  SUBCASE("the API denies it: a leftover") {
    World w = wrong_clock(24h);
    w.metadata(TerminationAt{kTrueNow + 120s});
    w.control(kNoLock);
    w.pass(60s);
    CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{kTrueNow + 120s})));
  }
  SUBCASE("the clock is checked: a leftover") {
    World w;
    w.settings.control_enabled = false;
    w.metadata(TerminationAt{w.now.wall - 24h});
    w.pass(60s);
    CHECK_FALSE(find<NoticeSeen>(w.metadata(TerminationAt{kTrueNow - 24h})));
  }
}

TEST_CASE("watch: a correction never lengthens a notice beyond the cloud's window") {
  World w;
  w.identify();
  w.tell(ClockMeasured{10min});  // a Date header ten minutes behind
  const auto effects = w.metadata(TerminationAt{w.now.wall + 60s});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 60s);
  CHECK(find<Remark>(effects));
}

TEST_CASE("watch: a clock that nobody has checked never gives a notice more than the window") {
  World w = wrong_clock(-10min);
  const auto effects = w.metadata(TerminationAt{kTrueNow + 60s});
  REQUIRE(find<NoticeSeen>(effects));
  CHECK(find<NoticeSeen>(effects)->notice.deadline == w.now.boot + 300s);
}

TEST_CASE("watch: times after 2262 do not overflow") {
  for (const char* text : {"2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}) {
    CAPTURE(text);
    World w;
    w.identify();
    w.metadata(NoTermination{});
    w.metadata(TerminationAt{*core::parse_utc(text)});
    REQUIRE(w.state.notice);
    CHECK(w.state.notice->deadline <= w.now.boot + 300s);
    CHECK(w.state.notice->deadline > w.now.boot);
    World next = next_boot(100s);
    Notice found = *w.state.notice;
    found.sources = {Source::manual};
    found.state = core::NoticeState::pending;
    next.tell(NoticeFound{found});
    next.identify();
    REQUIRE(next.state.notice);
    CHECK(next.state.notice->deadline >= next.now.boot);
  }
}

TEST_CASE("watch: what the API says of the end is passed on, also where its answer came before the notice") {
  World w;
  w.identify();
  w.control(InstanceSeen{Lock::absent, Behavior::terminate});
  w.control(InstanceSeen{Lock::absent, Behavior::unknown});
  CHECK(find<NoticeSeen>(w.metadata(TerminationAt{w.now.wall + 300s}))->notice.behavior == Behavior::terminate);

  World later;
  later.identify();
  CHECK(find<NoticeSeen>(later.metadata(TerminationAt{later.now.wall + 300s}))->notice.behavior == Behavior::unknown);
  const auto effects = later.control(InstanceSeen{Lock::absent, Behavior::stop});
  REQUIRE(find<NoticeAmended>(effects));
  CHECK(find<NoticeAmended>(effects)->notice.behavior == Behavior::stop);
  CHECK(find<NoticeAmended>(effects)->notice.sources == std::vector{Source::metadata});
}

TEST_CASE("watch: sources that disagree for ten seconds are reported once, and once when they agree") {
  World w = drained_world();
  w.pass(1s);
  w.control(kNoLock);
  w.pass(9s);
  CHECK_FALSE(find<SourcesDisagree>(w.tell(Tick{})));
  w.pass(1s);
  const auto effects = w.tell(Tick{});
  REQUIRE(find<SourcesDisagree>(effects));
  CHECK(find<SourcesDisagree>(effects)->announcing == Source::metadata);
  CHECK(find<SourcesDisagree>(effects)->lasts == 10s);
  w.pass(20s);
  CHECK_FALSE(find<SourcesDisagree>(w.control(kNoLock)));
  const auto agreed = w.control(kLocked);
  REQUIRE(find<SourcesAgree>(agreed));
  CHECK(find<SourcesAgree>(agreed)->after == 30s);
  CHECK(find<SourcesAgree>(agreed)->notice);
}

TEST_CASE("watch: a lock that metadata denies is a disagreement, which ends with the notice") {
  World w;
  w.identify();
  w.metadata(NoTermination{});
  w.control(kLocked);
  bool disagreed = false, agreed = false;
  for (int i = 0; i < 40; ++i) {
    w.pass(1s);
    if (find<SourcesDisagree>(w.metadata(NoTermination{}))) disagreed = true;
    if (i > 20 && find<SourcesAgree>(w.control(kNoLock))) agreed = true;
  }
  CHECK(disagreed);
  CHECK(agreed);
  CHECK(w.state.notice->state == core::NoticeState::withdrawn);
  CHECK_FALSE(w.state.disagreement);
}

TEST_CASE("watch: a source that fails denies nothing") {
  World w = drained_world();
  for (int i = 0; i < 30; ++i) {
    w.pass(1s);
    CHECK_FALSE(find<SourcesDisagree>(w.control(error(core::ErrorCode::denied))));
  }
}
