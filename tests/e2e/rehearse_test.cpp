#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sys/child.h"
#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;

namespace {

/// Two quick hooks, and a folder for what the rehearsal leaves behind (nothing).
struct Stage {
  Stage() {
    hook("10-a", "sleep 0.5");
    hook("20-b.sh", "sleep 0.3");
    std::filesystem::create_directory(folder / "tmp");
    ::chmod((folder / "tmp").c_str(), 01777);
  }
  void hook(const std::string& name, const std::string& body) {
    ::chmod(folder.write("hooks.d/" + name, "#!/bin/sh\n" + body + "\n").c_str(), 0755);
  }
  std::vector<std::string> environment() const {
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR=" + (folder / "tmp")};
  }
  Finished rehearse(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"rehearse", "--hooks", folder / "hooks.d", "--speed", "20"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(program("preemptctl"), arguments, environment());
  }
  bool left_nothing() const { return std::filesystem::is_empty(folder / "tmp"); }

  fakes::TempFolder folder;
};

}  // namespace

TEST_CASE("e2e: a rehearsal that fits says so, shows its chart and leaves nothing behind") {
  const Stage stage;
  const auto finished = stage.rehearse({});
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  CHECK(finished.exit == 0);
  for (const char* text :
       {"notice seen", "10-a ok", "fits: over with", "all 2 hooks succeeded", "REHEARSAL PASSED", "█"}) {
    CAPTURE(text);
    CHECK(finished.out.find(text) != std::string::npos);
  }
  CHECK(stage.left_nothing());
}

TEST_CASE("e2e: a rehearsal as JSON is one document") {
  const Stage stage;
  const auto finished = stage.rehearse({"--json"});
  const auto json = core::parse_json(finished.out);
  REQUIRE(json.has_value());
  CHECK((*json)["passed"] == true);
  CHECK((*json)["speed"] == 20);
}

TEST_CASE("e2e: a rehearsal fails when a hook fails, and when one needs more time than there is") {
  Stage fails;
  fails.hook("30-bad", "exit 9");
  const auto failed = fails.rehearse({});
  CHECK(failed.exit == 1);
  CHECK(failed.out.find("30-bad") != std::string::npos);
  CHECK(failed.out.find("REHEARSAL FAILED") != std::string::npos);

  Stage slow;
  slow.hook("30-slow", "# preemptd: grace=10s\nsleep 60");
  const auto late = slow.rehearse({"--notice", "60s"});
  CHECK(late.exit == 1);
  CHECK(late.out.find("does not fit: 30-slow") != std::string::npos);
}

TEST_CASE("e2e: a rehearsal without hooks passes and says what that means") {
  const fakes::TempFolder folder;
  std::filesystem::create_directory(folder / "hooks.d");
  const auto finished =
      run(program("preemptctl"), {"rehearse", "--hooks", folder / "hooks.d", "--notice", "60s", "--speed", "20"});
  CHECK(finished.exit == 0);
  CHECK(finished.out.find("no hook runs") != std::string::npos);
}

TEST_CASE("e2e: every fault a rehearsal can make is survived") {
  for (const char* fault :
       {"token-refused", "metadata-down", "metadata-slow", "metadata-garbage", "metadata-flapping", "clock-wrong",
        "api-down", "api-throttled", "webhook-down", "agent-killed", "drainer-killed", "disk-full", "hook-hangs"}) {
    if (std::string(fault) == "disk-full" && ::geteuid() != 0) {
      MESSAGE("SKIP rehearse --fault disk-full: needs root to mount a file system");
      continue;
    }
    Stage stage;
    stage.hook("10-a", "echo $PREEMPT_ATTEMPT >>" + (stage.folder / "attempts") + "; sleep 0.5");
    const auto finished = stage.rehearse({"--fault", fault, "--notice", "200s"});
    CAPTURE(fault);
    CAPTURE(finished.out);
    CAPTURE(finished.err);
    CHECK(finished.exit == 0);
    CHECK(finished.out.find("survived: ") != std::string::npos);
    CHECK(finished.out.find("the last word among them") != std::string::npos);
    std::ifstream file(stage.folder / "attempts");
    const std::string attempts(std::istreambuf_iterator<char>(file), {});
    CHECK((attempts == "1\n" || (std::string(fault) == "drainer-killed" && attempts == "1\n2\n")));
    CHECK(stage.left_nothing());
  }
}

TEST_CASE("e2e: the example hooks pass a rehearsal with a full disk") {
  if (::geteuid() != 0) return;
  Stage stage;
  std::filesystem::remove_all(stage.folder / "hooks.d");
  std::filesystem::copy(PREEMPTD_TEST_DATA "/../../hooks/example", stage.folder / "hooks.d");
  const auto finished = stage.rehearse({"--fault", "disk-full"});
  CAPTURE(finished.out);
  CHECK(finished.exit == 0);
  CHECK(finished.out.find("all 4 hooks succeeded") != std::string::npos);
}

TEST_CASE("e2e: an interrupted rehearsal takes everything it started with it") {
  Stage stage;
  stage.hook("30-long", "sleep 47");
  sys::SpawnRequest request;
  request.path = program("preemptctl");
  request.argv = {"preemptctl", "rehearse", "--hooks", stage.folder / "hooks.d", "--speed", "2"};
  request.env = stage.environment();
  const auto child = sys::spawn(request);
  REQUIRE(child.has_value());
  auto sleeps = [] { return run("/usr/bin/pgrep", {"-fx", "sleep 47"}).exit == 0; };
  REQUIRE(eventually(sleeps));
  ::kill(child->pid, SIGINT);
  pollfd over{child->pidfd.get(), POLLIN, 0};
  REQUIRE(::poll(&over, 1, 10'000) == 1);
  CHECK(sys::try_wait(*child)->code == 1);
  CHECK_FALSE(sleeps());
  CHECK(stage.left_nothing());
}

TEST_CASE("e2e: a hook that runs as its own user has its state folder in a rehearsal too") {
  if (::geteuid() != 0) {
    MESSAGE("SKIP a hook of another user: needs root to become one");
    return;
  }
  Stage stage;
  stage.hook("30-theirs",
             "# preemptd: user=nobody\nid -un >\"$PREEMPT_STATE_DIR/kept\" && cat \"$PREEMPT_STATE_DIR/kept\"");
  const auto finished = stage.rehearse({});
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  CHECK(finished.exit == 0);
  CHECK(finished.out.find("30-theirs ok") != std::string::npos);
}

TEST_CASE("e2e: an ordinary user can rehearse own hooks, and is told what a real drain would refuse") {
  if (::geteuid() != 0) {
    MESSAGE("SKIP rehearsing as another user: needs root to become one");
    return;
  }
  Stage stage;
  constexpr uid_t kNobody = 65534;
  for (const char* name : {"10-a", "20-b.sh"}) {
    REQUIRE(::chown((stage.folder / ("hooks.d/" + std::string(name))).c_str(), kNobody, kNobody) == 0);
  }
  const auto finished = run("/usr/bin/setpriv",
                            {"--reuid=65534", "--regid=65534", "--clear-groups", program("preemptctl"), "rehearse",
                             "--hooks", stage.folder / "hooks.d", "--speed", "20"},
                            stage.environment());
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  CHECK(finished.exit == 0);
  CHECK(finished.out.find("a real drain would refuse: 10-a: belongs to user 65534") != std::string::npos);
}
