#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "rig.h"
#include "sys/files.h"

using namespace preemptd;
using tests::Kill;
using tests::Rig;

namespace {
constexpr const char* kTell = "mark $PREEMPT_EVENT ${0##*/} $PREEMPT_ATTEMPT";
/// The notice is taken back, and when the undo has come as far as `mark`, there is a second one; hooks see it by a
/// file.
void reclaimed_again_in_undo(Rig& rig, const std::string& mark) {
  rig.notice.state = core::NoticeState::withdrawn;
  rig.start();
  REQUIRE(rig.wait_for_mark(mark));
  REQUIRE(sys::write_file_atomically(rig.path("second"), "", 0644, sys::Durable::no));
  rig.notice.state = core::NoticeState::pending;
  rig.notice.id = "notice-2";
  rig.write_notice();
}

/// A drainer whose hook runs until let_its_hook_end().
void start_at_work(Rig& rig) {
  rig.hook("10-a", "mark here; until [ -e " + rig.path("go") + " ]; do sleep 0.02; done");
  rig.start();
  REQUIRE(rig.wait_for_mark("here"));
}
void let_its_hook_end(const Rig& rig) {
  REQUIRE(sys::write_file_atomically(rig.path("go"), "", 0644, sys::Durable::no));
}
std::vector<std::string> with_folders_of(const Rig& rig, const std::string& options = "") {
  return {"/bin/sh", "-c",
          "exec \"$1\" " + options + " --set paths.run=" + rig.path("run") + " --set paths.state=" + rig.path("state") +
              " --set 'hooks.folders=[\"" + rig.hooks() + "\"]'",
          "sh"};
}

}  // namespace

TEST_CASE("drainer: a missing notice, one that is none, and one that cannot be read have exit codes of their own") {
  Rig rig;
  const auto run_after = [&rig](const std::string& command) {
    rig.wrapper = {"/bin/sh", "-c", command + "; exec \"$@\"", "sh"};
    return rig.run().code;
  };
  CHECK(run_after("rm " + rig.path("run/notice.json")) == 66);
  CHECK(run_after("echo garbage > " + rig.path("run/notice.json")) == 65);
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  rig.wrapper = tests::under_strace({"-P", rig.path("run/notice.json"), "-e", "inject=openat:error=EIO"});
  CHECK(rig.run().code == 74);  // the unit takes it for a failure, so that systemd starts the drainer again
  rig.wrapper = tests::under_strace({"-P", rig.path("run/notice.json"), "-e", "inject=openat:error=EMFILE:when=1..3"});
  CHECK(rig.run().code == 0);
}

TEST_CASE("drainer: options are taken with and without an equals sign, as the other programs take them") {
  Rig rig;
  rig.hook("10-a", kTell);
  REQUIRE(
      sys::write_file_atomically(rig.path("pd.toml"), "[hooks]\nfolders = [\"/nowhere\"]\n", 0644, sys::Durable::no));
  rig.wrapper = {"/bin/sh", "-c",
                 "shift 7; exec " PREEMPT_DRAIN " --config=" + rig.path("pd.toml") + " --set=paths.run=" +
                     rig.path("run") + " -spaths.state=" + rig.path("state") + " --set hooks.folders=" + rig.hooks(),
                 "sh"};
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1");
  rig.wrapper = {"/bin/sh", "-c", "exec " PREEMPT_DRAIN " -V", "sh"};
  CHECK(rig.run().code == 0);
  CHECK(rig.log().find("preempt-drain ") != std::string::npos);
}

TEST_CASE("drainer: the same notice again runs nothing again") {
  Rig rig;
  rig.hook("10-a", kTell);
  CHECK(rig.run().code == 0);
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1");
}

TEST_CASE("drainer: a second one of the same notice ends with 75 and says who is at work") {
  Rig rig, other;
  start_at_work(rig);
  other.wrapper = with_folders_of(rig);
  CHECK(other.run().code == 75);
  CHECK(other.log().find("held by pid " + std::to_string(rig.pid())) != std::string::npos);
  let_its_hook_end(rig);
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "here");
}

TEST_CASE("drainer: one that stands by says so once, and finds the work done when the other ends") {
  Rig rig, other;
  start_at_work(rig);
  other.wrapper = with_folders_of(rig, "--stand-by 20s");
  other.start();
  REQUIRE(other.wait_for_log("another drainer is at work"));
  let_its_hook_end(rig);
  CHECK(other.wait().code == 0);
  const auto log = other.log();
  CHECK(log.find("another drainer is at work") == log.rfind("another drainer is at work"));
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "here");
}

TEST_CASE("drainer: one that stands by goes on where another is killed, and ends with 75 when its time is over") {
  Rig rig, brief, patient;
  start_at_work(rig);
  brief.wrapper = with_folders_of(rig, "--stand-by 100ms");
  CHECK(brief.run().code == 75);
  patient.wrapper = with_folders_of(rig, "--stand-by 20s");
  patient.start();
  REQUIRE(patient.wait_for_log("another drainer is at work"));
  rig.kill_drainer();
  let_its_hook_end(rig);
  CHECK(patient.wait().code == 0);
  CHECK(rig.marks() == "here, here");
}

TEST_CASE("drainer: killed in a hook, its successor ends what is left of it, runs it again and no finished one") {
  for (const Kill kill : tests::kill_backends()) {
    INFO(tests::name_of(kill));
    Rig rig;
    rig.kill_by(kill);
    rig.hook("10-a", kTell);
    rig.hook("20-b", std::string(kTell) + "; [ $PREEMPT_ATTEMPT = 2 ] || { setsid sleep TOKEN & sleep TOKEN; }");
    rig.hook("30-c", kTell);
    rig.start();
    REQUIRE(rig.wait_for_mark("drain 20-b 1"));
    rig.kill_drainer();
    CHECK(rig.run().code == 0);
    CHECK(rig.survivors().empty());
    CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1, drain 20-b 2, drain 30-c 1");
    CHECK(rig.record().drainers == 2);
  }
}

TEST_CASE("drainer: an interrupted hook that is not repeatable is not run again") {
  Rig rig;
  rig.hook("10-a", std::string(kTell) + "; sleep TOKEN", "repeatable=no");
  rig.hook("20-b", kTell);
  rig.start();
  REQUIRE(rig.wait_for_mark("drain 10-a 1"));
  rig.kill_drainer();
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1");
  CHECK(rig.outcome("10-a") == "failed");
}

TEST_CASE("drainer: a torn journal is read up to the tear, and appended to from there") {
  Rig rig;
  rig.hook("10-a", kTell);
  rig.hook("20-b", std::string(kTell) + "; [ $PREEMPT_ATTEMPT = 2 ] || sleep TOKEN");
  rig.start();
  REQUIRE(rig.wait_for_mark("drain 20-b 1"));
  rig.kill_drainer();
  const sys::Fd journal(::open((rig.path("state/drains/notice-1/journal")).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  REQUIRE(sys::write_all(journal.get(), "12345678 {\"type\":\"hook.fin", "journal"));
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1, drain 20-b 2");
  CHECK(rig.record().finished);
}

TEST_CASE("drainer: SIGTERM does not end a drain") {
  Rig rig;
  rig.hook("10-a", "mark here; sleep 0.3; mark done");
  rig.start();
  REQUIRE(rig.wait_for_mark("here"));
  ::kill(rig.pid(), SIGTERM);
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "here, done");
}

TEST_CASE("drainer: a notice withdrawn while hooks run lets them finish and undoes what ran, in reverse") {
  Rig rig;
  rig.hook("10-a", kTell);
  rig.hook("20-b", std::string(kTell) + "; [ $1 = undo ] || { mark in-b; while ! [ -e " + rig.path("go") +
                       " ]; do sleep 0.01; done; }");
  rig.hook("30-c", kTell);
  rig.start();
  REQUIRE(rig.wait_for_mark("in-b"));
  rig.notice.state = core::NoticeState::withdrawn;
  rig.write_notice();
  REQUIRE(sys::write_file_atomically(rig.path("go"), "", 0644, sys::Durable::no));
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1, in-b, undo 20-b 1, undo 10-a 1");
  CHECK(rig.record().state == drain::DrainState::undone);
}

TEST_CASE(
    "drainer: a notice withdrawn after its drain is undone by the next drainer, once, with the state folder kept") {
  Rig rig;
  rig.hook("10-a", "[ $1 = undo ] && mark undo $(cat $PREEMPT_STATE_DIR/kept) || echo 42 > $PREEMPT_STATE_DIR/kept");
  CHECK(rig.run().code == 0);
  rig.notice.state = core::NoticeState::withdrawn;
  CHECK(rig.run().code == 0);
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "undo 42");
}

TEST_CASE("drainer: an instance that came back after its notice's time is undone") {
  Rig rig;
  rig.hook("10-a", kTell);
  CHECK(rig.run().code == 0);
  rig.notice.boot_id = "11111111-2222-3333-4444-555555555555";
  rig.notice.termination_time = core::system_clock().wall_now() - core::Seconds(3600);
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, undo 10-a 1");
}

TEST_CASE("drainer: a state folder copied from another instance is not mistaken for this one's drain") {
  Rig rig;
  rig.hook("10-a", kTell);
  CHECK(rig.run().code == 0);
  rig.notice.instance.instance_id = "i-2";
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, drain 10-a 1");
}

TEST_CASE("drainer: a sooner notice stops a running hook sooner") {
  Rig rig;
  rig.hook("10-a", "trap 'mark stopped; exit 0' TERM; mark here; while :; do sleep 0.01; done");
  rig.start();
  REQUIRE(rig.wait_for_mark("here"));
  rig.set_window(core::Seconds(2));
  rig.write_notice();
  const auto begun = core::BootClock::now();
  CHECK(rig.wait().code == 0);
  CHECK(core::BootClock::now() - begun < core::Seconds(3));
  CHECK(rig.marks() == "here, stopped");
  CHECK(rig.log().find("the notice moved") != std::string::npos);
}

TEST_CASE("drainer: a hook sees the contract's environment and the notice on stdin, and nothing else") {
  Rig rig;
  rig.hook("10-a",
           "for v in $(env | cut -d= -f1 | sort); do mark $v; done; mark $# $1 $(pwd) $0; cat > " + rig.path("stdin"));
  CHECK(rig.run().code == 0);
  const std::string expected =
      "HOME, LANG, PATH, PREEMPT_ATTEMPT, PREEMPT_BEHAVIOR, PREEMPT_CONTRACT, PREEMPT_DEADLINE, PREEMPT_EVENT, "
      "PREEMPT_INSTANCE_ID, PREEMPT_INSTANCE_TYPE, PREEMPT_NOTICE_ID, PREEMPT_REGION_ID, PREEMPT_REHEARSAL, "
      "PREEMPT_SECONDS_LEFT, PREEMPT_SOURCE, PREEMPT_STATE_DIR, PREEMPT_STOP_BY, PREEMPT_TERMINATION_TIME, "
      "PREEMPT_ZONE_ID, PWD, SHELL, USER, 1 drain / " +
      rig.hooks() + "/10-a";
  CHECK(rig.marks() == expected);
  const auto document = sys::read_file(rig.path("stdin"), 10'000);
  REQUIRE(document);
  CHECK((*document)->find("\"id\":\"notice-1\"") != std::string::npos);
}

TEST_CASE("drainer: a mistake in the configuration is said and does not stop a drain") {
  Rig rig;
  rig.hook("10-a", kTell);
  rig.wrapper = {"/bin/sh", "-c", "exec \"$@\" --set drain.paralel=3 --set drain.parallel=many", "sh"};
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "drain 10-a 1");
  CHECK(rig.log().find("ignoring a mistake in the configuration") != std::string::npos);
}

TEST_CASE(
    "drainer: with the disk's journal lost its successor knows from memory what is finished, and ends what is left") {
  for (const Kill kill : tests::kill_backends()) {
    INFO(tests::name_of(kill));
    Rig rig;
    rig.kill_by(kill);
    rig.hook("10-a", kTell);
    rig.hook("20-b", std::string(kTell) + "; [ $PREEMPT_ATTEMPT = 2 ] || { setsid sleep TOKEN & sleep TOKEN; }");
    rig.start();
    REQUIRE(rig.wait_for_mark("drain 20-b 1"));
    rig.kill_drainer();
    REQUIRE(::unlink(rig.path("state/drains/notice-1/journal").c_str()) == 0);
    CHECK(rig.run().code == 0);
    CHECK(rig.survivors().empty());
    CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1, drain 20-b 2");
    CHECK(rig.record().finished);
  }
}

TEST_CASE("drainer: with every journal lost what a dead one left is ended before hooks run again") {
  Rig rig;
  rig.kill_by(Kill::walk);
  rig.hook("10-a", "[ -e " + rig.path("second") + " ] || { mark first; sleep TOKEN; }");
  rig.start();
  REQUIRE(rig.wait_for_mark("first"));
  rig.kill_drainer();
  REQUIRE(::unlink(rig.path("state/drains/notice-1/journal").c_str()) == 0);
  REQUIRE(::unlink(rig.path("run/drain/journal").c_str()) == 0);
  REQUIRE(sys::write_file_atomically(rig.path("second"), "", 0644, sys::Durable::no));
  CHECK(rig.run().code == 0);
  CHECK(rig.survivors().empty());
}

TEST_CASE("drainer: a new notice ends an undo, is drained at once, and owes what the undo left") {
  Rig rig;
  rig.hook("10-a", kTell);
  rig.hook("20-b", std::string(kTell) + "; [ $1 = drain ] || [ -e " + rig.path("second") + " ] || sleep TOKEN");
  CHECK(rig.run().code == 0);
  reclaimed_again_in_undo(rig, "undo 20-b 1");
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, drain 20-b 1, undo 20-b 1, drain 10-a 1, drain 20-b 1");
}

TEST_CASE("drainer: killed in a hook of its second notice, its successor ends even what had shed its environment") {
  if (tests::kill_backends().size() == 1) return;
  Rig rig;
  rig.hook("10-a", std::string(kTell) + "; [ $1 = drain ] || { mark undoing; sleep TOKEN; }");
  rig.hook("20-b", std::string(kTell) + "; [ -e " + rig.path("second") +
                       " ] && [ $PREEMPT_ATTEMPT = 1 ] || exit 0\n"
                       "setsid env -i sleep TOKEN &\nmark in-second; exec env -i sleep TOKEN");
  CHECK(rig.run().code == 0);
  reclaimed_again_in_undo(rig, "undoing");
  REQUIRE(rig.wait_for_mark("in-second"));
  rig.kill_drainer();
  CHECK(rig.run().code == 0);
  CHECK(rig.survivors().empty());
  CHECK(rig.outcome("20-b") == "ok");
}

TEST_CASE("drainer: a notice withdrawn while a slow disk keeps it from ending is undone by it") {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  rig.wrapper = tests::under_strace(
      {"-f", "-e", "inject=getdents64:delay_enter=300ms"});  // its last job looks through the old records
  rig.hook("10-a", kTell);
  rig.start();
  REQUIRE(rig.wait_for_log("notice notice-1: nothing"));
  rig.notice.state = core::NoticeState::withdrawn;
  rig.write_notice();
  CHECK(rig.wait().code == 0);
  CHECK(rig.marks() == "drain 10-a 1, undo 10-a 1");
}
