#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"
#include "drain/process/process_tree.h"
#include "rig.h"
#include "sys/child.h"
#include "sys/files.h"

using namespace preemptd;
using tests::Kill;
using tests::Rig;

namespace {

/// One bad hook, alone in its stage, and a good one after it.
struct ErrorCode {
  const char* what;
  const char* options;
  const char* script;
  const char* outcome;
};

/// The thread sanitizer makes clones of its own, so that a program cannot be failed at its n-th.
#ifdef __SANITIZE_THREAD__
constexpr bool kOtherClones = true;
#else
constexpr bool kOtherClones = false;
#endif

const ErrorCode kErrorCodes[] = {
    {"daemonises twice and sheds its environment", "",
     "setsid sh -c 'setsid env -i sleep TOKEN & sleep 0.2' & sleep 0.1", "ok"},
    {"leaves a child on its pipes", "", "sleep TOKEN & exit 0", "ok"},
    {"closes its pipes and goes on", "", "exec >&- 2>&- </dev/null; sleep 0.2; exit 0", "ok"},
    {"ignores SIGTERM", "timeout=200ms grace=200ms", "trap '' TERM; sleep TOKEN & wait; sleep TOKEN",
     "ran_out_of_time"},
    {"stops itself", "timeout=200ms grace=2s", "kill -STOP $$", "ran_out_of_time"},
    {"is a whole tree that ignores SIGTERM", "timeout=200ms grace=200ms",
     "trap '' TERM; for i in 1 2 3; do setsid sh -c 'sleep TOKEN & sleep TOKEN' & done; sleep TOKEN",
     "ran_out_of_time"},
    {"exits well in its grace", "timeout=200ms", "trap 'exit 0' TERM; while :; do sleep 0.05; done", "ran_out_of_time"},
    {"floods both streams", "", "head -c 100000000 /dev/zero; head -c 100000 /dev/urandom >&2", "ok"},
    {"writes escape sequences and half a line", "", "printf '\\033]0;owned\\007\\r\\n<3>forged'", "ok"},
    {"deletes itself", "", "rm \"$0\"", "ok"},
    {"fails", "", "exit 3", "failed"},
    {"kills itself", "", "kill -SEGV $$", "signalled"},
    {"is not applicable", "", "exit 77", "skipped"},
    {"keeps forking", "timeout=300ms grace=100ms", "f() { sleep 0.01; f & }; f; sleep TOKEN", "ran_out_of_time"},
    {"signals its whole group", "", "kill -TERM 0; sleep TOKEN", "signalled"},
};

void check_good_hook_ran(Rig& rig) {
  CHECK(rig.outcome("20-good") == "ok");
  CHECK(rig.marks() == "good");
}

}  // namespace

TEST_CASE("drain: whatever a hook does, it gets its outcome, leaves nothing behind and the next one runs") {
  for (const Kill kill : tests::kill_backends()) {
    for (const ErrorCode& fault : kErrorCodes) {
      INFO(std::string(tests::name_of(kill)) << ": a hook that " << fault.what);
      Rig rig;
      rig.kill_by(kill);
      rig.hook("10-bad", fault.script, fault.options);
      rig.hook("20-good", "mark good");
      CHECK(rig.run().code == 0);
      CHECK(rig.record().started.backend == tests::name_of(kill));
      CHECK(rig.outcome("10-bad") == fault.outcome);
      CHECK(rig.survivors().empty());
      check_good_hook_ran(rig);
    }
  }
}

TEST_CASE("drain: a flood is counted to the last byte and kept at both ends") {
  Rig rig;
  rig.hook("10-flood", "echo first; head -c 5000000 /dev/zero; echo; echo last");
  CHECK(rig.run().code == 0);
  const auto& out = rig.hook_record("10-flood").out;
  CHECK(out.bytes == 5'000'012);
  CHECK(out.dropped == 5'000'012 - 2 * 32 * 1024);
  CHECK(out.tail.ends_with("last\\n"));
  const auto text = drain::read_output(drain::drain_folder(rig.path("state"), "notice-1"), "10-flood",
                                       drain::HookEvent::drain, 1, "out");
  REQUIRE(text);
  REQUIRE(*text);
  CHECK((*text)->starts_with("first\n"));
  CHECK((*text)->ends_with("last\n"));
}

TEST_CASE("drain: what hooks write reaches the log as text, one line an event") {
  Rig rig;
  rig.hook("10-esc", "printf 'a\\033[31mb\\n<0>c\\n'");
  CHECK(rig.run().code == 0);
  CHECK(rig.log().find("10-esc out: a\\x1B[31mb\n") != std::string::npos);
  CHECK(rig.log().find("\n<0>c") == std::string::npos);
}

TEST_CASE(
    "drain: a log for machines is one JSON object a line that fits into a pipe's atomic write, one for journald has "
    "priorities") {
  Rig rig;
  rig.settings = {"log.format=json"};
  rig.hook("10-esc", "printf 'say \"no\"\033\n' >&2; head -c 4000 /dev/zero | tr '\\0' '\"'");
  CHECK(rig.run().code == 0);
  bool said = false;
  const std::string log = rig.log();
  for (const auto& text : core::split(core::trim(log), '\n')) {
    INFO(text);
    CHECK(text.size() < 4096);
    const auto line = core::parse_json(text);
    REQUIRE(line.has_value());
    said = said || ((*line)["event"] == "hook.output" && (*line)["hook"] == "10-esc" &&
                    (*line)["text"] == "10-esc err: say \"no\"\\x1B");
  }
  CHECK(said);

  Rig journal;
  journal.settings = {"log.format=journald"};
  journal.hook("10-bad", "exit 1");
  CHECK(journal.run().code == 0);
  CHECK(journal.log().starts_with("<6>drain.task: notice "));
  CHECK(journal.log().find("\n<3>hook.finished: 10-bad: failed") != std::string::npos);
}

TEST_CASE("drain: a hook that deletes a sibling costs the sibling, which is reported gone") {
  Rig rig;
  rig.hook("10-a", "rm " + rig.hooks() + "/20-b");
  rig.hook("20-b", "mark b");
  rig.hook("30-c", "mark c");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("20-b") == "not_started");
  CHECK(rig.hook_record("20-b").outcome->cause == drain::Cause::gone);
  CHECK(rig.marks() == "c");
}

TEST_CASE("drain: a hook that makes a sibling unsafe costs the sibling, because the gate is asked again at exec") {
  Rig rig;
  rig.hook("10-a", "chmod o+w " + rig.hooks() + "/20-b");
  rig.hook("20-b", "mark b");
  CHECK(rig.run().code == 0);
  CHECK(rig.hook_record("20-b").outcome->cause == drain::Cause::unsafe);
  CHECK(rig.marks().empty());
}

TEST_CASE("drain: 75 is tried again until it is ok, and every attempt is counted") {
  Rig rig;
  rig.notice.rehearsal = true;
  rig.notice.speed = 20;
  rig.hook("10-later", "mark $PREEMPT_ATTEMPT; [ $PREEMPT_ATTEMPT = 3 ] || exit 75");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("10-later") == "ok");
  CHECK(rig.hook_record("10-later").attempts == 3);
  CHECK(rig.marks() == "1, 2, 3");
}

TEST_CASE("drain: hooks of a stage run side by side, the next stage after the last of them") {
  Rig rig;
  // Each waits for the other: one after the other they would run out of time.
  rig.hook("10-a", "mark a; while ! grep -q b " + rig.path("marks") + "; do sleep 0.01; done", "timeout=10s");
  rig.hook("10-b", "mark b; while ! grep -q a " + rig.path("marks") + "; do sleep 0.01; done", "timeout=10s");
  rig.hook("20-c", "mark c");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("10-a") == "ok");
  CHECK(rig.outcome("10-b") == "ok");
  CHECK(rig.marks().ends_with(", c"));
}

TEST_CASE("drain: no hooks, and none at all, is a drain that is over at once") {
  Rig rig;
  CHECK(rig.run().code == 0);
  CHECK(rig.record().finished);
  CHECK(rig.log().find("there are no hooks: nothing will be drained") != std::string::npos);
  Rig missing;
  REQUIRE(::rmdir(missing.hooks().c_str()) == 0);
  CHECK(missing.run().code == 0);
  CHECK(missing.record().finished);
}

TEST_CASE("drain: five hundred hooks all run") {
  for (const Kill kill : tests::kill_backends()) {
    INFO(tests::name_of(kill));
    Rig rig;
    rig.kill_by(kill);
    rig.set_window(core::Seconds(600));  // it is their number that is tried here, not the machine's speed
    for (int i = 0; i < 500; ++i) rig.hook("10-h" + std::to_string(i), "exit 0");
    CHECK(rig.run().code == 0);
    const auto record = rig.record();
    REQUIRE(record.finished);
    CHECK(record.finished->ok == 500);
  }
}

TEST_CASE("drain: few file descriptors make hooks wait for each other, and cost none") {
  Rig rig;
  rig.wrapper = {"/bin/sh", "-c", "ulimit -n 30; exec \"$@\"", "sh"};
  for (int i = 0; i < 8; ++i) rig.hook("10-h" + std::to_string(i), "sleep 0.1");
  CHECK(rig.run().code == 0);
  CHECK(rig.record().finished->ok == 8);
}

TEST_CASE("drain: a full process table makes hooks wait, and costs none" * doctest::skip(kOtherClones)) {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  rig.wrapper = tests::under_strace({"-e", "inject=clone:error=EAGAIN:when=1..4", "-e",
                                     "inject=clone3:error=EAGAIN:when=3..6"});  // the first two are threads
  rig.hook("10-a", "mark a");
  rig.hook("20-b", "mark b");
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b");
  CHECK(rig.log().find("trying again") != std::string::npos);
}

TEST_CASE("drain: where clone3 is forbidden, as in some containers, a hook joins its control group by itself") {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  rig.wrapper = tests::under_strace({"-e", "inject=clone3:error=ENOSYS:when=3+"});
  rig.hook("10-a", "mark $(grep -c preempt- /proc/self/cgroup); setsid sleep TOKEN & exit 0");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("10-a") == "ok");
  if (tests::kill_backends().size() == 2) CHECK(rig.marks() == "1");
}

TEST_CASE(
    "drain: under an emulator without CLONE_PIDFD hooks run, and one that could not be waited for is not started" *
    doctest::skip(kOtherClones)) {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  const std::vector<std::string> emulated{"-e", "inject=clone3:error=ENOSYS:when=3+", "-e",
                                          "inject=clone:error=EINVAL:when=2"};  // the first is the look at the hooks
  Rig rig;
  rig.wrapper = tests::under_strace(emulated);
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a");

  // Where no handle can be had nothing starts; where only the last moment denies it, what started is killed with its
  // children, as the end of the rig checks.
  for (const std::string when : {"", ":when=3"}) {
    INFO(when);
    Rig blind;
    blind.wrapper = tests::under_strace(emulated);
    blind.wrapper.insert(blind.wrapper.end(), {"-e", "inject=pidfd_open:error=ENOSYS" + when});
    blind.hook("10-a", "mark a; sleep TOKEN; exit 0");
    CHECK(blind.run().code == 0);
    CHECK(blind.outcome("10-a") == "not_started");
    CHECK(blind.hook_record("10-a").outcome->reason.find("pidfd_open") != std::string::npos);
    if (when.empty()) CHECK(blind.marks() == "");
  }
}

TEST_CASE("drain: a hook is born in a control group of its own, and what cannot be executed is told from there, too") {
  Rig rig;
  rig.hook("10-a", "mark $(grep -c -e preempt-.*-10-a /proc/self/cgroup)");
  rig.hook("20-b", "exit 0");
  rig.hook("10-z", "printf '#!/no/such/interpreter' >" + rig.hooks() + "/20-b");
  CHECK(rig.run().code == 0);
  if (tests::kill_backends().size() == 2) CHECK(rig.marks() == "1");
  CHECK(rig.hook_record("20-b").outcome->cause == drain::Cause::unrunnable);
  CHECK(rig.hook_record("20-b").outcome->reason.find("interpreter") != std::string::npos);
}

TEST_CASE("drain: where no process can be started, a hook is tried for half of its time, reported, and the drain ends" *
          doctest::skip(kOtherClones)) {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  rig.set_window(core::Seconds(6));
  rig.wrapper = tests::under_strace({"-e", "inject=clone:error=EAGAIN", "-e", "inject=clone3:error=EAGAIN:when=3+"});
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("10-a") == "not_started");
  CHECK(rig.hook_record("10-a").outcome->cause == drain::Cause::unrunnable);
}

TEST_CASE("drain: started with SIGCHLD ignored it knows its hooks' ends all the same") {
  Rig rig;
  rig.wrapper = {"/usr/bin/env", "--ignore-signal=CHLD"};
  rig.hook("10-a", "exit 0");
  rig.hook("20-b", "exit 77");
  CHECK(rig.run().code == 0);
  CHECK(rig.outcome("10-a") == "ok");
  CHECK(rig.outcome("20-b") == "skipped");
}

TEST_CASE("drain: where one hook found no control group and is walked, nobody reaps the others but their owners") {
  const auto backend = drain::make_cgroup_backend("test-mixed");
  if (!backend) return;
  const auto start = [&](const std::string& name) {
    auto tree = backend->tree(name, "/nowhere");
    sys::SpawnRequest request;
    request.path = "/bin/true";
    request.argv = {"true"};
    request.cgroup_fd = tree->cgroup_fd();
    auto child = sys::spawn(request);
    REQUIRE(child);
    tree->set_root(child->pid);
    pollfd over{child->pidfd.get(), POLLIN, 0};
    REQUIRE(::poll(&over, 1, 10'000) == 1);
    return std::pair(std::move(tree), std::move(*child));
  };
  const auto grouped = start("10-a");
  const auto walked = start(std::string(300, 'x'));  // no folder can be called that
  REQUIRE(walked.first->cgroup_fd() == -1);
  walked.first->kill();
  CHECK(sys::try_wait(grouped.second) == sys::ExitStatus{0, 0});
  CHECK(sys::try_wait(walked.second) == sys::ExitStatus{0, 0});
}

TEST_CASE("drain: what is settled before anything runs stands in the log, too") {
  Rig rig;
  rig.hook("10-unsafe", "mark unsafe");
  REQUIRE(::chmod((rig.hooks() + "/10-unsafe").c_str(), 0757) == 0);
  REQUIRE(sys::write_file_atomically(rig.hooks() + "/20-unrunnable", "no script", 0755, sys::Durable::no));
  rig.hook("30-undo", "mark undo", "events=undo");
  CHECK(rig.run().code == 0);
  CHECK(rig.log().find(" error hook.finished: 10-unsafe: not started: " + rig.hooks() +
                       "/10-unsafe is writable by others") != std::string::npos);
  CHECK(rig.log().find(" error hook.finished: 20-unrunnable: not started: ") != std::string::npos);
  CHECK(rig.log().find(" info hook.finished: 30-undo: skipped: it is not called for drain\n") != std::string::npos);
}

TEST_CASE("drain: a link put in the place of a folder that was just made leads to no foreign folder") {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  REQUIRE(::mkdir(rig.path("foreign").c_str(), 0700) == 0);
  REQUIRE(::symlink(rig.path("foreign").c_str(), rig.path("run/drain").c_str()) == 0);
  rig.wrapper = tests::under_strace(
      {"-e", "inject=mkdirat:retval=0:when=1"});  // of run/drain: as if the link came a moment later
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  struct stat foreign {};
  REQUIRE(::stat(rig.path("foreign").c_str(), &foreign) == 0);
  CHECK((foreign.st_mode & 07777) == 0700);
  CHECK(rig.marks() == "a");
}

TEST_CASE("drain: a full or read-only disk costs the record, is said, and hooks run") {
  if (::geteuid() != 0) return;
  for (const std::string options : {"size=4k,nr_inodes=3", "size=64k,nr_inodes=64,ro"}) {
    INFO(options);
    Rig rig;
    // The run folder takes the record where the state folder cannot; it is as good as full, too, in the first case.
    rig.wrapper = {"/usr/bin/unshare",
                   "--mount",
                   "/bin/sh",
                   "-c",
                   "mount -t tmpfs -o " + options + " none " + rig.path("state") + " && exec \"$@\"",
                   "sh"};
    rig.hook("10-a", "mark a");
    rig.hook("20-b", "mark b");
    CHECK(rig.run().code == 0);
    CHECK(rig.marks() == "a, b");
    CHECK(rig.log().find("record not written") != std::string::npos);
  }
}

TEST_CASE("drain: a disk that never answers a sync delays nothing") {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  rig.wrapper = tests::under_strace({"-f", "-e", "inject=fdatasync,fsync:delay_enter=8s"});
  rig.hook("10-a", "mark a");
  rig.hook("20-b", "mark b");
  const auto begun = core::BootClock::now();
  rig.start();
  CHECK(rig.wait_for_mark("b"));
  CHECK(core::BootClock::now() - begun < core::Seconds(5));
  ::kill(rig.pid(), SIGKILL);
  rig.wait();
}

TEST_CASE("drain: a slow disk has synced the end of the journal when the drainer ends") {
  if (::access("/usr/bin/strace", X_OK) != 0) return;
  Rig rig;
  const std::string trace = rig.path("trace");
  rig.wrapper =
      tests::under_strace({"-f", "-o", trace, "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=200ms"});
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  const auto read = sys::read_file(trace, 1'000'000);
  REQUIRE(read);
  const std::string text = read->value_or("");
  int synced = 0;
  for (const auto line : core::split(text, '\n')) {
    CHECK(line.find("= ?") == std::string_view::npos);  // cut off by the end of the process
    if (line.find("= 0 ") != std::string_view::npos) ++synced;
  }
  CHECK(synced >= 2);  // before the hook, and after all
}

TEST_CASE("drain: a hook runs as the account its options name, with that account's home and groups") {
  if (::geteuid() != 0) return;
  Rig rig;
  REQUIRE(sys::write_file_atomically(rig.path("marks"), "", 0666, sys::Durable::no));
  rig.hook("10-a", "mark $(id -un) $HOME $USER; touch $PREEMPT_STATE_DIR/x && mark wrote", "user=nobody");
  rig.hook("20-b", "mark b", "user=no-such-account");
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "nobody /nonexistent nobody, wrote");
  CHECK(rig.hook_record("20-b").outcome->cause == drain::Cause::unrunnable);
}

TEST_CASE("drain: log.level counts for the drainer, too, and its errors still show") {
  Rig rig;
  rig.settings = {"log.level=error"};
  rig.hook("10-bad", "echo hello; exit 1");
  CHECK(rig.run().code == 0);
  CHECK(rig.log().find("hello") == std::string::npos);
  CHECK(rig.log().find(" info ") == std::string::npos);
  CHECK(rig.log().find(" error hook.finished: 10-bad: failed") != std::string::npos);
}
