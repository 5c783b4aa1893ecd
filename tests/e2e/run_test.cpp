#include <doctest/doctest.h>
#include <unistd.h>

#include <future>

#include "e2e/world.h"
#include "sys/files.h"

/// preemptctl run: a command in front of the notice.
using namespace preemptd;
using e2e::Finished;
using e2e::Seconds;
using e2e::World;
using Words = std::vector<std::string>;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Finished guarded(const World& world, const Words& options, const Words& command) {
  Words words{"run", "--config", world.configuration_file()};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return e2e::run(e2e::program("preemptctl"), words);
}

/// Runs a script in which $RUN stands for "preemptctl run" with this world's configuration.
Finished script(const World& world, const std::string& text) {
  const std::string prelude = "run() { " + e2e::program("preemptctl") + " run --config " + world.configuration_file() +
                              " \"$@\"; }\nRUN='" + e2e::program("preemptctl") + " run --config " +
                              world.configuration_file() + "'\n";
  return e2e::run("/bin/sh", {"-c", prelude + text});
}

}  // namespace

TEST_CASE("run: without a notice a command's own status is the status") {
  const World world;
  CHECK(guarded(world, {}, {"true"}).exit == 0);
  CHECK(guarded(world, {}, {"sh", "-c", "exit 7"}).exit == 7);
  CHECK(guarded(world, {}, {"sh", "-c", "kill -9 $$"}).exit == 128 + 9);
  CHECK(guarded(world, {}, {"/nonexistent/command"}).exit == 127);
  CHECK(guarded(world, {}, {"/etc/passwd"}).exit == 126);
  CHECK(guarded(world, {}, {}).exit == 1);
}

TEST_CASE("run: 75 is for the preempted alone") {
  const World world;
  const auto own = guarded(world, {}, {"sh", "-c", "exit 75"});
  CHECK(own.exit == 1);
  CHECK(contains(own.err, "was not preempted"));
}

TEST_CASE("run: arguments reach the command as they are, empty ones and ones like our own options, too") {
  const World world;
  const auto said = guarded(world, {}, {"printf", "<%s>", "", "-o", "json", "--help", "a b", "--"});
  CHECK(said.out == "<><-o><json><--help><a b><-->");
}

TEST_CASE("run: with a notice the command is told, waited for, and 75 says why it ended") {
  World world;
  world.start_agent();
  const auto ready = world.folder() / "ready";
  auto run = std::async(std::launch::async, [&] {
    return guarded(world, {},
                   {"sh", "-c", "trap 'echo saved; exit 0' TERM; : > " + ready + "; while :; do sleep 0.1; done"});
  });
  REQUIRE(e2e::eventually([&] { return ::access(ready.c_str(), F_OK) == 0; }));
  world.reclaim(Seconds(60));
  const auto told = run.get();
  CHECK(told.exit == 75);
  CHECK(told.out == "saved\n");
  CHECK(contains(told.err, "sending SIGTERM"));
}

TEST_CASE("run: without an agent the metadata service is watched") {
  World world;
  const auto ready = world.folder() / "ready";
  auto run = std::async(std::launch::async, [&] {
    return guarded(world, {"--signal", "USR1"},
                   {"sh", "-c", "trap 'echo saved; exit 3' USR1; : > " + ready + "; while :; do sleep 0.1; done"});
  });
  REQUIRE(e2e::eventually([&] { return ::access(ready.c_str(), F_OK) == 0; }));
  world.reclaim(Seconds(60));
  const auto told = run.get();
  CHECK(told.exit == 75);
  CHECK(told.out == "saved\n");
  CHECK(contains(told.err, "preemptd does not run here"));
}

TEST_CASE("run: a command is told as long before the end as it needs, and one that ends before was not preempted") {
  World world;
  world.start_agent();
  world.reclaim(Seconds(120));
  const auto early = guarded(world, {"--needs", "20s"}, {"sh", "-c", "sleep 1; exit 4"});
  CHECK(early.exit == 4);
  CHECK(contains(early.err, "the command is told 20 s before that"));
  CHECK(guarded(world, {"--needs", "10m"}, {"sleep", "30"}).exit == 75);
}

TEST_CASE("run: where nobody can tell of a notice the command runs all the same") {
  World world;
  world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  const auto alone = guarded(world, {}, {"sh", "-c", "sleep 1; exit 5"});
  CHECK(alone.exit == 5);
  CHECK(contains(alone.err, "warning:"));
}

TEST_CASE("run: signals are passed on") {
  const World world;
  const auto done =
      script(world,
             "cd \"$(mktemp -d)\"\n"
             "$RUN -- sh -c 'trap \"echo got it; exit 9\" TERM; : > ready; while :; do sleep 0.05; done' > out &\n"
             "pid=$!\n"
             "until [ -e ready ]; do sleep 0.05; done\n"
             "kill -TERM $pid\n"
             "wait $pid\n"
             "echo \"status $?\"\n"
             "cat out\n");
  CHECK(done.out == "status 9\ngot it\n");
}

TEST_CASE("run: with --group everything the command started is told") {
  World world;
  world.start_agent();
  world.reclaim(Seconds(60));
  const auto done = guarded(world, {"--group"}, {"sh", "-c", "sleep 100 & wait $!; wait"});
  CHECK(done.exit == 75);
}

TEST_CASE("run: as PID 1 of a container it reaps orphans and passes the status on") {
  const World world;
  if (::geteuid() != 0) return;
  const auto inside =
      script(world,
             "unshare --pid --fork --mount-proc $RUN -- sh -c '(sleep 0.2 &) ; sleep 0.6; ls -d /proc/[0-9]* | wc -l; "
             "grep -l Z.*zombie /proc/[0-9]*/status; exit 6'; echo status $?");
  if (contains(inside.err, "unshare failed")) return;
  CHECK(contains(inside.out, "status 6"));
  CHECK_FALSE(contains(inside.out, "/status"));
}
