#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crc32c.h"
#include "fakes/dead_mount.h"
#include "rig.h"
#include "sys/files.h"

using namespace preemptd;
using tests::Rig;

namespace {

const bool kNoStrace = ::access("/usr/bin/strace", X_OK) != 0;
// The address sanitizer looks at memory by writing it to a pipe, and ends the program where that fails.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kWritesOfItsOwn = true;
#else
constexpr bool kWritesOfItsOwn = false;
#endif

/// The drainer and all its processes, where they touch `path`: every call matched by `what` is done to as `how` says.
void inject(Rig& rig, const std::string& path, const std::string& what, const std::string& how) {
  rig.wrapper = tests::under_strace({"-f", "-P", path, "-e", "inject=" + what + ":" + how});
}

core::BootClock::duration time_of(Rig& rig) {
  const auto begun = core::BootClock::now();
  CHECK(rig.run().code == 0);
  return core::BootClock::now() - begun;
}

}  // namespace

TEST_CASE("look-ups: one that fails for a moment costs nothing" * doctest::skip(kNoStrace)) {
  struct Case {
    const char* path;
    const char* calls;  // none that the hook's own interpreter makes
  };
  for (const Case& place : {Case{"hooks", "openat,getdents64,newfstatat"}, Case{"", "newfstatat"},
                            Case{"hooks/10-a", "newfstatat,statfs,access,faccessat,faccessat2,pread64"}}) {
    for (const std::string error : {"EIO", "EMFILE", "ENOMEM"}) {
      INFO(error << " in " << std::string(place.path));
      Rig rig;
      rig.hook("10-a", "mark a");
      rig.hook("20-b", "mark b");
      inject(rig, rig.path(place.path), place.calls, "error=" + error + ":when=1");
      CHECK(rig.run().code == 0);
      CHECK(rig.marks() == "a, b");
    }
  }
}

// A checksum of "2" and a letter made the answer about the hook readable as one about its folder, with two names in it.
TEST_CASE("look-ups: an answer that is lost on its way is not taken for another one" *
          doctest::skip(kNoStrace || kWritesOfItsOwn)) {
  Rig rig;
  std::string digest;
  for (int i = 0; digest.empty() || digest[0] != '2' || digest[1] < 'a'; ++i) {
    REQUIRE(i < 10'000);
    rig.hook("10-a", "mark a # " + std::to_string(i));
    digest = core::crc32c_digits(sys::read_file(rig.path("hooks/10-a"), 4096)->value());
  }
  rig.wrapper = tests::under_strace({"-f", "-b", "execve", "-e", "inject=write:error=ENOSPC:when=1"});
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a");
}

TEST_CASE(
    "look-ups: a folder that cannot be read is no empty one: the drain is not finished, the next drainer does it" *
    doctest::skip(kNoStrace)) {
  Rig rig;
  rig.set_window(core::Seconds(3));
  rig.hook("10-a", "mark a");
  inject(rig, rig.hooks(), "openat", "error=EIO");
  CHECK(rig.run().code == 74);
  CHECK(rig.marks().empty());
  CHECK(rig.log().find("hooks: cannot be read: Input/output error") != std::string::npos);
  rig.wrapper = {};
  rig.set_window(core::Seconds(30));
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a");
}

TEST_CASE("look-ups: a hook that cannot be looked at at first runs when its turn comes, as its options say" *
          doctest::skip(kNoStrace)) {
  if (::geteuid() != 0) return;
  Rig rig;
  REQUIRE(sys::write_file_atomically(rig.path("marks"), "", 0666, sys::Durable::no));
  rig.hook("20-b", "mark b $(id -un)", "user=nobody");
  rig.hook("10-a", "mv " + rig.path("later") + " " + rig.hooks() + "/20-b; mark a");
  REQUIRE(::rename((rig.hooks() + "/20-b").c_str(), rig.path("later").c_str()) == 0);
  REQUIRE(sys::make_folders(rig.path("dead"), 0755));
  REQUIRE(::symlink((rig.path("dead") + "/20-b").c_str(), (rig.hooks() + "/20-b").c_str()) == 0);
  inject(rig, rig.path("dead"), "newfstatat", "error=ENOTCONN");  // as where a FUSE server is gone
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b nobody");
  CHECK(rig.log().find("dead cannot be looked at: Transport endpoint is not connected; it is looked at again") !=
        std::string::npos);
}

namespace {

/// A rig with a folder `elsewhere` for what hooks link to or are interpreted by, and hooks 10-a, 30-c around 20-b.
struct Elsewhere {
  Rig rig;
  std::string folder = rig.path("elsewhere");

  Elsewhere() {
    REQUIRE(sys::make_folders(folder, 0755));
    for (const auto* name : {"10-a", "30-c"}) rig.hook(name, "mark ${0##*/}");
  }
  void link_hook() const {
    REQUIRE(sys::write_file_atomically(folder + "/b", "#!/bin/sh\n", 0755, sys::Durable::no));
    REQUIRE(::symlink((folder + "/b").c_str(), (rig.hooks() + "/20-b").c_str()) == 0);
  }
  void link_interpreter() const {
    REQUIRE(::symlink("/bin/sh", (folder + "/sh").c_str()) == 0);
    REQUIRE(sys::write_file_atomically(rig.hooks() + "/20-b", "#!" + folder + "/sh\n", 0755, sys::Durable::no));
  }
  void check_only_b_is_lost(const std::string& unanswering) {
    CHECK(rig.marks() == "10-a, 30-c");
    CHECK(rig.hook_record("20-b").outcome->cause == drain::Cause::unrunnable);
    CHECK(rig.hook_record("20-b").outcome->reason == unanswering + " does not answer: its file system hangs");
  }
};

}  // namespace

TEST_CASE("look-ups: a path that does not answer costs its hook, and names itself") {
  for (const bool interpreter : {false, true}) {
    INFO(interpreter);
    Elsewhere world;
    interpreter ? world.link_interpreter() : world.link_hook();
    const fakes::DeadMount dead(world.folder);
    if (!dead.works()) return;
    CHECK(time_of(world.rig) < core::Seconds(6));
    world.check_only_b_is_lost(interpreter ? world.folder + "/sh" : world.rig.hooks() + "/20-b");
  }
}

TEST_CASE("look-ups: a path that stops answering between the look and execve costs its hook, and names itself") {
  for (const bool interpreter : {false, true}) {
    INFO(interpreter);
    Elsewhere world;
    Rig& rig = world.rig;
    interpreter ? world.link_interpreter() : world.link_hook();
    rig.hook("10-a", "mark 10-a; while [ ! -e " + rig.path("mounted") + " ]; do sleep 0.01; done");
    rig.start();
    REQUIRE(rig.wait_for_mark("10-a"));
    const fakes::DeadMount dead(world.folder);
    REQUIRE(sys::write_file_atomically(rig.path("mounted"), "", 0644, sys::Durable::no));
    CHECK(rig.wait().code == 0);
    if (!dead.works()) return;
    world.check_only_b_is_lost(interpreter ? rig.hooks() + "/20-b or its interpreter" : world.folder);
  }
}

TEST_CASE("look-ups: many paths that do not answer cost little more than one") {
  Elsewhere world;
  for (int i = 0; i < 12; ++i)
    REQUIRE(::symlink((world.folder + "/x").c_str(), world.rig.path("hooks/20-h" + std::to_string(i)).c_str()) == 0);
  const fakes::DeadMount dead(world.folder);
  if (!dead.works()) return;
  const auto begun = core::BootClock::now();
  world.rig.start();
  CHECK(world.rig.wait_for_mark("10-a"));
  CHECK(core::BootClock::now() - begun < core::Seconds(4));
  world.rig.kill_drainer();
}

TEST_CASE("look-ups: a hooks folder that does not answer costs its hooks alone") {
  Elsewhere world;
  world.rig.settings = {"hooks.folders=" + world.folder + "/hooks.d," + world.rig.hooks()};
  const fakes::DeadMount dead(world.folder);
  if (!dead.works()) return;
  CHECK(time_of(world.rig) < core::Seconds(6));
  CHECK(world.rig.marks() == "10-a, 30-c");
  CHECK(world.rig.log().find(world.folder + "/hooks.d does not answer") != std::string::npos);
}

TEST_CASE("look-ups: a path that answers late, but in time, costs nothing" * doctest::skip(kNoStrace)) {
  Rig rig;
  rig.hook("10-a", "mark a");
  rig.hook("20-b", "mark b");
  inject(rig, rig.path("hooks/10-a"), "execve", "delay_enter=400ms");
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b");
}

TEST_CASE("look-ups: a lack of processes that lasts for seconds makes hooks wait, and costs none" *
          doctest::skip(kNoStrace)) {
  Rig rig;
  rig.wrapper = tests::under_strace(
      {"-e", "inject=clone:error=EAGAIN:when=2..25", "-e", "inject=clone3:error=EAGAIN:when=3..10"});
  rig.hook("10-a", "mark a");
  rig.hook("20-b", "mark b");
  CHECK(rig.run().code == 0);
  CHECK(rig.marks() == "a, b");
}
