#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "rig.h"
#include "sys/files.h"

using namespace preemptd;
using tests::Rig;

namespace {

const bool kNoStrace = ::access("/usr/bin/strace", X_OK) != 0;

bool there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

TEST_CASE(
    "journals: where none can be made at first, one is made within the drain, and the next drainer runs nothing again" *
    doctest::skip(kNoStrace)) {
  Rig rig;
  rig.hook("10-a", "mark a; sleep 0.6");
  rig.hook("20-b", "mark b; sleep 0.6");
  rig.hook("30-c", "mark c");
  rig.wrapper = tests::under_strace({"-f", "-e", "inject=mkdirat:error=ENOMEM:when=1..7"});
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b, c");
  rig.wrapper = {};
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b, c");
}

TEST_CASE("journals: one that cannot be read for a moment is not taken for a new one" * doctest::skip(kNoStrace)) {
  Rig rig;
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  REQUIRE(::unlink(rig.path("run/drain/journal").c_str()) == 0);  // as after a reboot
  rig.wrapper = tests::under_strace(
      {"-f", "-P", rig.path("state/drains/notice-1/journal"), "-e", "inject=read:error=EIO:when=1"});
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a");
  CHECK_FALSE(there(rig.path("state/drains/notice-1/journal.corrupt")));
}

TEST_CASE("journals: where the kernel gives no thread, hooks run, and the missing record is told" *
          doctest::skip(kNoStrace)) {
  Rig rig;
  rig.hook("10-a", "mark a");
  rig.wrapper = tests::under_strace({"-e", "inject=clone3:error=EAGAIN:when=1..2"});
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a");
  CHECK(rig.record().finished);  // a thread was to be had later

  Rig never;
  never.set_window(core::Seconds(4));
  never.hook("10-a", "mark a");
  never.wrapper = {"/bin/sh", "-c", "exec setpriv --reuid=12345 --clear-groups prlimit --nproc=1 \"$@\"", "sh"};
  if (::geteuid() != 0) return;
  REQUIRE(::chown(never.path("run").c_str(), 12345, 0) == 0);
  never.run();  // neither a thread nor a process: nothing can run, and the program does not abort
  CHECK(never.log().find("no thread is left") != std::string::npos);
  CHECK(never.log().find("terminate called") == std::string::npos);
}

TEST_CASE("journals: a limit on file sizes costs the record, not the drain") {
  Rig rig;
  rig.hook("10-a", "mark a");
  rig.wrapper = {"/usr/bin/prlimit", "--fsize=512"};  // SIGXFSZ would end the drainer
  CHECK(rig.run() == sys::ExitStatus{0, 0});
  CHECK(rig.marks() == "a");
}

TEST_CASE("journals: a limit of descriptors too low for a hook is raised where it may be") {
  Rig rig;
  rig.hook("10-a", "mark a");
  rig.wrapper = {"/usr/bin/prlimit", "--nofile=14:1024"};
  CHECK(rig.run() == sys::ExitStatus{0, 0});
  CHECK(rig.marks() == "a");
}

TEST_CASE("journals: a finished drain without a record gets one, and what a killed writer left is removed") {
  Rig rig;
  rig.hook("10-a", "mark a");
  CHECK(rig.run().code == 0);
  const std::string folder = rig.path("state/drains/notice-1"), left = folder + "/.record.json.4194301-7.tmp";
  REQUIRE(::unlink((folder + "/record.json").c_str()) == 0);
  REQUIRE(sys::write_file_atomically(left, "half", 0644, sys::Durable::no));
  REQUIRE(sys::write_file_atomically(folder + "/.mine", "", 0644, sys::Durable::no));
  CHECK(rig.run().code == 0);
  CHECK(there(folder + "/record.json"));
  CHECK_FALSE(there(left));
  CHECK(there(folder + "/.mine"));
}

TEST_CASE("journals: a disk that refuses to sync keeps the record all the same" * doctest::skip(kNoStrace)) {
  Rig rig;
  rig.hook("10-a", "mark a");
  rig.wrapper = tests::under_strace({"-f", "-e", "inject=fsync,fdatasync:error=EIO"});
  CHECK(rig.run().code == 0);
  CHECK(there(rig.path("state/drains/notice-1/record.json")));
}

TEST_CASE("journals: a drainer ends what its own installation left, and nothing of another one with the same notice") {
  Rig own, other;
  for (Rig* rig : {&own, &other}) {
    REQUIRE(sys::make_folders(rig->path("run/drain"), 0751));  // not the first drainer of this boot
    REQUIRE(sys::write_file_atomically(rig->path("run/drain/lock"), "", 0640, sys::Durable::no));
    rig->hook("10-a", "mark begun $PREEMPT_ATTEMPT; [ $PREEMPT_ATTEMPT = 2 ] || sleep TOKEN", "timeout=3s");
  }
  other.start();
  REQUIRE(other.wait_for_mark("begun 1"));
  own.start();
  REQUIRE(own.wait_for_mark("begun 1"));
  own.kill_drainer();
  CHECK(other.survivors().size() >= 1);
  CHECK(own.run().code == 0);
  CHECK(own.marks() == "begun 1, begun 2");
  CHECK(other.survivors().size() >= 1);
  CHECK(other.wait().code == 0);
  CHECK(other.outcome("10-a") == "ran_out_of_time");
}
