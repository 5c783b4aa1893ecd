#include "drain/plan/resume.h"

#include <doctest/doctest.h>

#include "fakes/drain_values.h"

using namespace preemptd;
using namespace preemptd::drain;
using core::Deadline;
using core::NoticeState;
using fakes::found;
using fakes::hook;
using fakes::kNow;
using fakes::notice;

namespace {

const Now kHere{"boot-1", kNow, core::WallTime(Seconds(1'800'000'000))};
const Now kNextBoot{"boot-2", core::BootTime(Seconds(30)), core::WallTime(Seconds(1'800'000'100))};
const Now kLongAfter{"boot-2", core::BootTime(Seconds(30)), core::WallTime(Seconds(1'800'010'000))};

JournalEntry at(JournalBody body) {
  return {{}, {}, std::move(body)};
}
HookFinished ended(const std::string& name, Ending ending, HookEvent event = HookEvent::drain, bool again = false) {
  return {name, event, ending == Ending::not_started ? 0 : 1, {ending, 0, 0, false, Cause::none, ""}, again, Millis(0),
          {},   {}};
}

/// The journal of a drain of 10-a, 20-b and 30-c whose drainer died after `bodies`.
Progress died_after(const std::vector<JournalBody>& bodies) {
  const InitialState opening =
      open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("30-c")}), {}, Work::drain, {}, kHere);
  std::vector<JournalEntry> entries;
  for (const auto& body : opening.entries) entries.push_back(at(body));
  for (const auto& body : bodies) entries.push_back(at(body));
  return progress_of(entries);
}

const std::vector<JournalBody> kIn20b{HookStarted{"10-a", HookEvent::drain, 1, {}, {}}, ended("10-a", Ending::failed),
                                      HookStarted{"20-b", HookEvent::drain, 1, {}, {}}};

core::Notice withdrawn() {
  core::Notice n = notice();
  n.state = NoticeState::withdrawn;
  return n;
}

Work work_for(const core::Notice& n, const Progress& progress, const Now& here = kHere) {
  return task_for(n, progress, here).work;
}

Progress at_stage(Progress::Stage stage) {
  Progress progress;
  progress.stage = stage;
  progress.instance_id = "i-1";
  return progress;
}

}  // namespace

TEST_CASE("resume: what is to do follows from the notice and how far the journal came") {
  using Stage = Progress::Stage;
  struct Row {
    Stage stage;
    Work when_pending, when_withdrawn;
  };
  for (const Row row :
       {Row{Stage::nothing, Work::drain, Work::nothing}, Row{Stage::draining, Work::resume, Work::resume},
        Row{Stage::drained, Work::nothing, Work::undo}, Row{Stage::undoing, Work::resume_undo, Work::resume_undo},
        Row{Stage::undone, Work::drain, Work::nothing}}) {
    CHECK(work_for(notice(), at_stage(row.stage)) == row.when_pending);
    CHECK(work_for(withdrawn(), at_stage(row.stage)) == row.when_withdrawn);
  }
}

TEST_CASE("resume: a journal of another instance is none, and one of an instance not yet known is ours") {
  Progress other = at_stage(Progress::Stage::drained);
  other.instance_id = "i-2";
  CHECK(work_for(notice(), other) == Work::drain);
  CHECK(work_for(withdrawn(), other) == Work::nothing);
  other.instance_id = "";
  CHECK(work_for(notice(), other) == Work::nothing);
}

TEST_CASE("resume: on the next boot a notice whose time has passed means that the instance came back") {
  CHECK(work_for(notice(), at_stage(Progress::Stage::drained), kLongAfter) == Work::undo);
  CHECK(work_for(notice(), at_stage(Progress::Stage::nothing), kLongAfter) == Work::nothing);
  CHECK(undo_reason(notice(), kLongAfter) == "returned");
  CHECK(undo_reason(withdrawn(), kHere) == "withdrawn");
}

TEST_CASE("resume: a reboot inside the window goes on with the rest of it") {
  const Progress progress = died_after(kIn20b);
  CHECK(work_for(notice(), progress, kNextBoot) == Work::resume);
  const InitialState opening =
      open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("30-c")}), progress, Work::resume, {}, kNextBoot);
  CHECK(opening.state.window.deadline.at() == kNextBoot.now + Seconds(200));
}

TEST_CASE("resume: finished hooks stay finished, an interrupted one runs again with the next attempt") {
  const InitialState opening = open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("30-c")}),
                                          died_after(kIn20b), Work::resume, {}, kHere);
  const Step step = begin(opening.state, opening.entries, kHere.now);
  const auto& hooks = step.state.hooks;
  CHECK(hooks[0].outcome->ending == Ending::failed);
  CHECK(hooks[1].status == Status::running);
  CHECK(hooks[1].attempt == 2);
  CHECK(hooks[2].status == Status::waiting);
  REQUIRE(opening.entries.size() == 1);
  CHECK(std::get<DrainStarted>(opening.entries[0]).resumed);
}

TEST_CASE("resume: an interrupted hook that is not repeatable is failed instead, and that is written down") {
  HookSpec once = hook("20-b");
  once.options.repeatable = false;
  const InitialState opening =
      open_drain(notice(), found({hook("10-a"), once, hook("30-c")}), died_after(kIn20b), Work::resume, {}, kHere);
  CHECK(opening.state.hooks[1].outcome->cause == Cause::interrupted);
  REQUIRE(opening.entries.size() == 2);
  CHECK(std::get<HookFinished>(opening.entries[1]).hook == "20-b");
}

TEST_CASE("resume: the set of hooks stays the first one's: what is gone is reported, what is new does not run") {
  const InitialState opening = open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("25-new")}),
                                          died_after(kIn20b), Work::resume, {}, kHere);
  REQUIRE(opening.state.hooks.size() == 3);
  CHECK(opening.state.hooks[2].spec.name == "30-c");
  CHECK(opening.state.hooks[2].outcome->cause == Cause::gone);
}

TEST_CASE("resume: a hook that asked for another try before the crash has not had its last word") {
  const Progress progress = died_after(
      {HookStarted{"10-a", HookEvent::drain, 1, {}, {}}, ended("10-a", Ending::failed, HookEvent::drain, true)});
  CHECK_FALSE(progress.drained[0].outcome);
  CHECK_FALSE(progress.drained[0].interrupted);
}

TEST_CASE("resume: withdrawn while the drainer was dead, what ran is undone, the interrupted hook included") {
  const InitialState opening = open_drain(withdrawn(), found({hook("10-a"), hook("20-b"), hook("30-c")}),
                                          died_after(kIn20b), Work::resume, {}, kHere);
  const Step step = begin(opening.state, opening.entries, kHere.now);
  CHECK(step.state.phase == Phase::undoing);
  REQUIRE(step.state.hooks.size() == 2);
  CHECK(step.state.hooks[0].spec.name == "20-b");
  CHECK(step.state.hooks[1].spec.name == "10-a");
}

TEST_CASE("undo: after a finished drain it calls what ran, in reverse, and an undo that was interrupted goes on") {
  std::vector<JournalBody> bodies = kIn20b;
  bodies.emplace_back(ended("20-b", Ending::ok));
  bodies.emplace_back(ended("30-c", Ending::not_started));
  bodies.emplace_back(DrainFinished{});
  Progress progress = died_after(bodies);
  const Discovery hooks = found({hook("10-a"), hook("20-b"), hook("30-c")});
  const InitialState undo = open_undo(withdrawn(), hooks, progress, Work::undo, {}, kHere);
  CHECK(std::get<UndoStarted>(undo.entries.at(0)).hooks == std::vector<std::string>{"20-b", "10-a"});
  advance(progress, undo.entries[0]);
  advance(progress, HookStarted{"20-b", HookEvent::undo, 1, {}, {}});
  advance(progress, ended("20-b", Ending::ok, HookEvent::undo));
  advance(progress, HookStarted{"10-a", HookEvent::undo, 1, {}, {}});
  CHECK(work_for(withdrawn(), progress) == Work::resume_undo);
  const InitialState rest = open_undo(withdrawn(), hooks, progress, Work::resume_undo, {}, kHere);
  CHECK(rest.entries.empty());
  const Step step = begin(rest.state, rest.entries, kHere.now);
  CHECK(step.state.hooks[0].status == Status::over);
  CHECK(step.state.hooks[1].status == Status::running);
  CHECK(step.state.hooks[1].attempt == 2);
}

TEST_CASE("resume: a notice that is past or absurdly far is drained within the usual window, a manual one as it says") {
  core::Notice past = notice(Seconds(-5)), far = notice(Seconds(7200)), manual = far;
  manual.sources = {core::Source::manual};
  const auto deadline = [](const core::Notice& n) { return working_deadline(n, {}, Work::drain, kHere, Seconds(300)); };
  CHECK(deadline(past).assumed);
  CHECK(deadline(past).deadline.at() == kNow + Seconds(300));
  CHECK(deadline(far).deadline.at() == kNow + Seconds(300));
  CHECK(deadline(manual).deadline.at() == kNow + Seconds(7200));
  CHECK_FALSE(deadline(notice()).assumed);
}

TEST_CASE("resume: an assumed deadline is kept by the next drainer, not assumed again") {
  Progress progress = at_stage(Progress::Stage::draining);
  progress.deadline = Deadline(kNow + Seconds(123));
  progress.deadline_assumed = true;
  progress.boot_id = "boot-1";
  CHECK(working_deadline(notice(Seconds(-5)), progress, Work::resume, kHere, Seconds(300)).deadline.at() ==
        kNow + Seconds(123));
}

TEST_CASE("resume: hooks that cannot run have their end written at the start") {
  Discovery hooks = found({hook("10-a"), hook("20-b"), hook("30-c")});
  hooks.hooks[0].standing = HookStatus::unsafe;
  hooks.hooks[0].reason = "writable by others";
  hooks.hooks[1].standing = HookStatus::masked;
  const InitialState opening = open_drain(notice(), hooks, {}, Work::drain, {}, kHere);
  REQUIRE(opening.state.hooks.size() == 2);
  REQUIRE(opening.entries.size() == 2);
  CHECK(std::get<HookFinished>(opening.entries[1]).outcome.cause == Cause::unsafe);
}

TEST_CASE("resume: a rehearsal's limits are divided by its speed") {
  core::Notice fast = notice(Seconds(30));
  fast.rehearsal = true;
  fast.speed = 10;
  const InitialState opening = open_drain(fast, found({hook("10-a", {}, Seconds(60))}), {}, Work::drain, {}, kHere);
  CHECK(opening.state.hooks[0].spec.options.timeout == Seconds(6));
  CHECK(opening.state.window.hooks_end.at() == kNow + Seconds(29));
}

namespace {

std::string text_of(const std::vector<JournalBody>& bodies) {
  std::string text;
  for (const auto& body : bodies) text += encode(at(body));
  return text;
}

/// The journal of notice-1: both hooks ran, its undo was at 20-b when a new notice came.
std::string superseded_journal() {
  const Discovery hooks = found({hook("10-a"), hook("20-b")});
  std::vector<JournalBody> bodies = open_drain(notice(), hooks, {}, Work::drain, {}, kHere).entries;
  for (const char* name : {"10-a", "20-b"}) {
    bodies.emplace_back(HookStarted{name, HookEvent::drain, 1, {}, {}});
    bodies.emplace_back(ended(name, Ending::ok));
  }
  bodies.emplace_back(DrainFinished{});
  bodies.emplace_back(UndoStarted{"withdrawn", {}, "boot-1", {"20-b", "10-a"}});
  bodies.emplace_back(HookStarted{"20-b", HookEvent::undo, 1, {}, {}});
  bodies.emplace_back(ended("20-b", Ending::ok, HookEvent::undo));
  HookFinished left = ended("10-a", Ending::not_started, HookEvent::undo);
  left.outcome.cause = Cause::new_notice;
  bodies.emplace_back(left);
  bodies.emplace_back(UndoFinished{});
  return text_of(bodies);
}

core::Notice another() {
  core::Notice n = notice();
  n.id = "notice-2";
  return n;
}

}  // namespace

TEST_CASE("resume: what an undo left when it yielded is undo_owed by the notice it yielded to, and undone with it") {
  const Memory memory = remember(another(), {superseded_journal(), "", ""});
  CHECK(memory.progress.stage == Progress::Stage::nothing);
  REQUIRE(memory.other);
  CHECK(owed_by(*memory.other) == std::vector<std::string>{"10-a"});
  const Discovery hooks = found({hook("10-a"), hook("20-b")});
  std::vector<JournalBody> bodies =
      open_drain(another(), hooks, {}, Work::drain, {}, kHere, owed_by(*memory.other)).entries;
  bodies.emplace_back(HookStarted{"10-a", HookEvent::drain, 1, {}, {}});
  bodies.emplace_back(ended("10-a", Ending::skipped));
  bodies.emplace_back(ended("20-b", Ending::not_started));
  bodies.emplace_back(DrainFinished{});
  core::Notice back = another();
  back.state = NoticeState::withdrawn;
  const Memory later = remember(back, {text_of(bodies), "", ""});
  const InitialState undo = open_undo(back, hooks, later.progress, Work::undo, {}, kHere);
  REQUIRE(undo.state.hooks.size() == 1);
  CHECK(undo.state.hooks[0].spec.name == "10-a");
}

TEST_CASE("resume: the undo goes on when the notice it yielded to is taken back before anything was drained") {
  core::Notice back = another();
  back.state = NoticeState::withdrawn;
  const Memory memory = remember(back, {superseded_journal(), "", ""});
  CHECK(task_for(back, memory.progress, kHere).work == Work::nothing);
  const auto before = still_to_undo(back, memory, kHere);
  REQUIRE(before);
  CHECK(before->id == "notice-1");
  const Memory of_it = remember(*before, {superseded_journal(), "", ""});
  CHECK(task_for(*before, of_it.progress, kHere).work == Work::resume_undo);
  CHECK_FALSE(still_to_undo(another(), memory, kHere));
}

TEST_CASE("resume: memory is believed before the disk, the disk after a reboot, and no other instance's journal") {
  const std::string ours = superseded_journal();
  CHECK(remember(notice(), {ours, "", ""}).from == Memory::From::memory);
  CHECK(remember(notice(), {"", ours, ""}).from == Memory::From::disk);
  CHECK(remember(notice(), {"", "", ""}).from == Memory::From::nothing);
  CHECK(remember(another(), {"", "", ours}).other);
  core::Notice elsewhere = another();
  elsewhere.instance.instance_id = "i-2";
  CHECK_FALSE(remember(elsewhere, {"", "", ours}).other);
}

TEST_CASE("resume: a hook that was interrupted is undone even where its next try found nothing to do") {
  Progress progress = died_after(kIn20b);
  const Discovery hooks = found({hook("10-a"), hook("20-b"), hook("30-c")});
  CHECK(open_drain(notice(), hooks, progress, Work::resume, {}, kHere).state.hooks[1].undo_owed);
  advance(progress, HookStarted{"20-b", HookEvent::drain, 2, {}, {}});
  advance(progress, ended("20-b", Ending::skipped));
  CHECK(owed_by(progress) == std::vector<std::string>{"10-a", "20-b"});
}

TEST_CASE("resume: a hook that had no time waits again after the notice moved, also for the next drainer") {
  HookFinished no_time = ended("10-a", Ending::not_started);
  no_time.outcome.cause = Cause::no_time;
  const Progress progress = died_after({no_time, NoticeMoved{Deadline(kNow + Seconds(900)), {}}});
  CHECK_FALSE(progress.drained[0].outcome);
}

TEST_CASE("resume: a changed notice file means what changed, and a deadline that hardly moved is no news") {
  const Window window = window_until(Deadline(notice().deadline), kNow, {});
  const auto told = [&](core::Notice now, const core::Notice& before) { return changes(before, now, window, kHere); };
  CHECK(told(notice(), notice()).empty());
  CHECK(std::holds_alternative<Withdrawn>(told(withdrawn(), notice()).at(0)));
  CHECK(std::holds_alternative<Renewed>(told(notice(), withdrawn()).at(0)));
  core::Notice moved = notice();
  moved.deadline -= Seconds(100);
  CHECK(std::holds_alternative<Moved>(told(moved, notice()).at(0)));
  moved.deadline = notice().deadline + Millis(300);
  CHECK(told(moved, notice()).empty());
  moved.speed = 20;
  CHECK(told(moved, notice()).empty());
  CHECK(std::holds_alternative<Superseded>(told(another(), notice()).at(0)));
}

namespace {

HookFinished without_time(const std::string& name, Ending ending) {
  HookFinished body = ended(name, ending);
  body.outcome.cause = Cause::no_time;
  return body;
}

}  // namespace

TEST_CASE("resume: who was cut off or left out before the drainer died gets another turn from the next one") {
  const Progress progress =
      died_after({HookStarted{"10-a", HookEvent::drain, 1, {}, {}}, without_time("10-a", Ending::ran_out_of_time),
                  without_time("20-b", Ending::not_started)});
  const auto opening =
      open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("30-c")}), progress, Work::resume, {}, kHere);
  Step made = begin(opening.state, {}, kNow);
  CHECK(made.state.hooks[2].status == Status::running);
  made = step(std::move(made.state), Exited{2, {0, 0}}, kNow + Seconds(1));
  CHECK(made.state.hooks[0].status == Status::running);
  CHECK(made.state.hooks[0].attempt == 2);
  CHECK(made.state.hooks[0].turn == 2);
  CHECK(made.state.hooks[0].undo_owed);
}

TEST_CASE("resume: a second turn that the drainer's death interrupted goes on, beside nobody's order") {
  const Progress progress =
      died_after({HookStarted{"10-a", HookEvent::drain, 1, {}, {}}, without_time("10-a", Ending::ran_out_of_time),
                  HookStarted{"20-b", HookEvent::drain, 1, {}, {}}, ended("20-b", Ending::ok),
                  HookStarted{"30-c", HookEvent::drain, 1, {}, {}}, ended("30-c", Ending::ok),
                  HookStarted{"10-a", HookEvent::drain, 2, {}, {}, 2}});
  CHECK(progress.drained[0].turn == 2);
  const auto opening =
      open_drain(notice(), found({hook("10-a"), hook("20-b"), hook("30-c")}), progress, Work::resume, {}, kHere);
  const Step made = begin(opening.state, {}, kNow);
  CHECK(made.state.hooks[0].status == Status::running);
  CHECK(made.state.hooks[0].attempt == 3);
  CHECK(made.state.hooks[0].turn == 2);
}

TEST_CASE("resume: a hook that skipped in its second turn is undone for its first") {
  Progress progress =
      died_after({HookStarted{"10-a", HookEvent::drain, 1, {}, {}}, without_time("10-a", Ending::ran_out_of_time),
                  HookStarted{"10-a", HookEvent::drain, 2, {}, {}, 2}, ended("10-a", Ending::skipped)});
  CHECK(owed_by(progress) == std::vector<std::string>{"10-a"});
}

TEST_CASE("resume: a hook that may not be late does not wait again when the notice moves after later stages") {
  HookSpec early = hook("10-a");
  early.options.late = false;
  const InitialState opening = open_drain(notice(), found({early, hook("20-b")}), {}, Work::drain, {}, kHere);
  std::vector<JournalEntry> entries;
  for (const auto& body : opening.entries) entries.push_back(at(body));
  entries.push_back(at(without_time("10-a", Ending::not_started)));
  entries.push_back(at(HookStarted{"20-b", HookEvent::drain, 1, {}, {}}));
  entries.push_back(at(NoticeMoved{Deadline(kNow + Seconds(900)), {}}));
  CHECK(progress_of(entries).drained[0].outcome);
}
