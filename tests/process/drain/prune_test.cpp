#include "drain/journal/prune.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "drain/journal/record.h"
#include "fakes/drain_values.h"
#include "fakes/temp_folder.h"
#include "rig.h"
#include "sys/file_lock.h"
#include "sys/files.h"

using namespace preemptd;
using drain::prune_drains;
using Ids = std::vector<std::string>;

namespace {

enum class Over { yes, no };

/// A state folder with drains of growing age: the first one added is the newest.
class State {
 public:
  const std::string& path() const { return folder_.path(); }
  std::string folder(const std::string& id) const { return drain::drain_folder(path(), id); }

  void add(const std::string& id, Over over = Over::yes) {
    drain::DrainStarted started;
    started.notice = fakes::notice();
    std::string journal = drain::encode({core::WallTime(), fakes::kNow, started});
    if (over == Over::yes) journal += drain::encode({core::WallTime(), fakes::kNow, drain::DrainFinished{}});
    const std::string file = folder_.write("drains/" + id + "/journal", journal);
    const timespec age{2'000'000'000 - ++added_, 0};
    const std::array<timespec, 2> times{age, age};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
  }
  void fill(const std::string& id, std::size_t bytes) {
    folder_.write("drains/" + id + "/hooks/10-a/big", std::string(bytes, 'x'));
  }
  Ids left() const { return drain::list_drains(path()).value(); }

 private:
  fakes::TempFolder folder_;
  int added_ = 0;
};

}  // namespace

TEST_CASE("prune: the newest records stay, the oldest go") {
  State state;
  for (const auto* id : {"n5", "n4", "n3", "n2", "n1"}) state.add(id);
  REQUIRE(prune_drains(state.path(), "n5", {3}));
  CHECK(state.left() == Ids{"n5", "n4", "n3"});
  CHECK(std::distance(std::filesystem::directory_iterator(state.path() + "/drains"), {}) == 3);
}

TEST_CASE("prune: the current notice's record and those that are not over stay however old they are") {
  State state;
  state.add("n4");
  state.add("n3");
  state.add("unfinished", Over::no);
  state.add("current");
  state.add("held");
  const auto lock = sys::FileLock::take(state.folder("held") + "/lock");
  REQUIRE(lock);
  REQUIRE(prune_drains(state.path(), "current", {1}));
  CHECK(state.left() == Ids{"n4", "unfinished", "current", "held"});
}

TEST_CASE("prune: records that take too much room go, the hooks' own state counted") {
  State state;
  for (const auto* id : {"n3", "n2", "n1"}) state.add(id);
  state.fill("n2", 100'000);
  REQUIRE(prune_drains(state.path(), "n3", {50, 90'000}));
  CHECK(state.left() == Ids{"n3"});
}

TEST_CASE("prune: what a hook left in its folder is not followed out of it") {
  State state;
  fakes::TempFolder outside;
  outside.write("precious", "1");
  state.add("new");
  state.add("old");
  REQUIRE(std::filesystem::create_directories(state.folder("old") + "/hooks/10-a"));
  std::filesystem::create_directory_symlink(outside.path(), state.folder("old") + "/hooks/10-a/link");
  REQUIRE(prune_drains(state.path(), "new", {1}));
  CHECK(state.left() == Ids{"new"});
  CHECK(std::filesystem::exists(outside / "precious"));
}

TEST_CASE("prune: what an earlier call was killed over is removed by the next") {
  State state;
  state.add("new");
  std::filesystem::create_directories(state.path() + "/drains/.removed-old/hooks/10-a");
  REQUIRE(prune_drains(state.path(), "new", {50}));
  CHECK_FALSE(std::filesystem::exists(state.path() + "/drains/.removed-old"));
}

TEST_CASE("drainer: at its end it keeps as many records as the configuration says") {
  tests::Rig rig;
  rig.hook("10-a", "exit 0");
  rig.wrapper = {"/bin/sh", "-c", "exec \"$@\" --set drain.keep_records=2", "sh"};
  for (const auto* id : {"notice-1", "notice-2", "notice-3"}) {
    rig.notice.id = id;
    CHECK(rig.run().code == 0);
  }
  CHECK(drain::list_drains(rig.path("state")).value() == Ids{"notice-3", "notice-2"});
}
