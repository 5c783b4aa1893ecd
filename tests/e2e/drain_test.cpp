#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/notice.h"
#include "sys/files.h"
#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;
using drain::Ending;

namespace {

std::size_t times(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("e2e: a reclaim runs every hook in its stage, reports all of it and leaves a record") {
  World world;
  world.hook("10-first", "env | sort >$OUT/env; cat >$OUT/stdin; echo \"$@\" >$OUT/arguments; echo first >>$OUT/order");
  world.hook("20-left", "sleep 0.3; echo left >>$OUT/order");
  world.hook("20-right", "echo right >>$OUT/order; exit 77");
  world.hook("90-last.sh", "echo last >>$OUT/order; echo good bye");
  world.start_agent();
  const auto reclaimed = core::BootClock::now();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());

  CHECK(world.written("order") == "first\nright\nleft\nlast\n");
  CHECK(world.written("arguments") == "drain\n");
  const auto environment = world.written("env");
  for (const char* name : {"PREEMPT_CONTRACT=1", "PREEMPT_EVENT=drain",
                           "PREEMPT_SOURCE=", "PREEMPT_STOP_BY=", "PREEMPT_SECONDS_LEFT=", "PREEMPT_INSTANCE_ID=i-",
                           "PREEMPT_REHEARSAL=0", "PREEMPT_ATTEMPT=1", "PREEMPT_STATE_DIR=/"}) {
    CAPTURE(name);
    CHECK(environment.find(name) != std::string::npos);
  }
  CHECK(core::parse_json(world.written("stdin")).has_value());

  const auto record = *world.record();
  CHECK(record.started_boot - reclaimed < Seconds(2));
  CHECK(record.finished->failed == 0);
  CHECK(record.finished->margin > Seconds(10));
  CHECK(world.hook_record("20-right").outcome->ending == Ending::skipped);
  CHECK(world.hook_record("90-last.sh").out.tail.find("good bye") != std::string::npos);

  CHECK(world.reported("preemptd.agent.started", 1));
  CHECK(world.reported("preemptd.notice.seen", 1));
  CHECK(world.reported("preemptd.drain.started", 1));
  CHECK(world.reported("preemptd.hook.finished", 4));
  CHECK(world.reported("preemptd.drain.finished", 1));

  const auto notice_text = sys::read_file(world.folder() / "run/notice.json", core::kNoticeFileLimit);
  REQUIRE(notice_text->has_value());
  const auto notice = core::parse_notice(**notice_text);
  REQUIRE(notice.has_value());
  CHECK(notice->exact);
  CHECK_FALSE(notice->rehearsal);
}

TEST_CASE("e2e: a hook that runs as its own user has its state folder where the agent starts the drains") {
  if (::geteuid() != 0) {
    MESSAGE("SKIP a hook of another user: needs root to become one");
    return;
  }
  World world;
  world.hook("10-theirs",
             "# preemptd: user=nobody\nid -un >\"$PREEMPT_STATE_DIR/kept\" && cat \"$PREEMPT_STATE_DIR/kept\"");
  world.start_agent();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.hook_record("10-theirs").outcome->ending == Ending::ok);
  CHECK(world.hook_record("10-theirs").out.tail.find("nobody") == 0);
}

TEST_CASE("e2e: both sources end up in the notice, whichever spoke first") {
  World world;
  world.start_agent();
  world.reclaim(Seconds(15));
  CHECK(eventually(
      [&] { return world.status()["notice"].is_object() && world.status()["notice"]["sources"].size() == 2; }));
}

TEST_CASE("e2e: with metadata answering 500 for ever the lock alone starts the drain") {
  World world;
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
  CHECK(world.record()->notice.sources.front() == core::Source::operation_lock);
}

TEST_CASE(
    "e2e: started again while metadata does not answer, the agent knows who it is and the lock alone starts the "
    "drain") {
  World::Options options;
  options.simulator = {"--access-key", "test-key:test-secret"};
  options.environment = {"ALIBABA_CLOUD_ACCESS_KEY_ID=test-key", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=test-secret"};
  World world(options);
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  world.kill_agent();
  world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  world.start_agent(World::watches);
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
}

TEST_CASE(
    "e2e: with no metadata from the very start, a configured instance id and keys in the environment are enough") {
  World::Options options;
  options.simulator = {"--access-key", "test-key:test-secret", "--instance-id", "i-known"};
  options.environment = {"ALIBABA_CLOUD_ACCESS_KEY_ID=test-key", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=test-secret"};
  options.configuration = "control.instance_id = \"i-known\"\ncontrol.region = \"cn-hangzhou\"\n";
  World world(options);
  world.hook("10-a", "env >$OUT/env; echo ran >>$OUT/a");
  world.fault({{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
  world.start_agent([](const Json& status) {
    return core::integer_at(core::member_at(core::member_at(status, "sources"), "operation-lock"), "last_good_age_ms")
        .has_value();
  });
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
  CHECK(world.written("env").find("test-secret") == std::string::npos);
  CHECK(world.written("env").find("ALIBABA") == std::string::npos);
}

TEST_CASE("e2e: with the API refusing everything metadata alone starts the drain") {
  World world;
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  world.fault({{"target", "api"}, {"kind", "status"}, {"value", 403}});
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
  CHECK(world.record()->notice.sources.front() == core::Source::metadata);
}

TEST_CASE("e2e: preemptd killed at any moment disturbs no drain, repeats no hook and loses no report") {
  for (const int delay : {0, 60, 150, 400, 900, 1500}) {
    CAPTURE(delay);
    World world;
    world.hook("10-a", "echo a >>$OUT/runs; sleep 0.4");
    world.hook("20-b", "echo b >>$OUT/runs; sleep 0.4");
    world.start_agent();
    world.reclaim(Seconds(20));
    eventually([] { return false; }, Millis(delay));
    world.kill_agent();
    world.start_agent(World::watches);
    REQUIRE(world.drained());
    CHECK(world.written("runs") == "a\nb\n");
    CHECK(world.record()->drainers == 1);
    CHECK(world.reported("preemptd.hook.finished", 2));
    CHECK(world.reported("preemptd.notice.seen", 1));
    CHECK(world.reported("preemptd.drain.finished", 1));
  }
}

TEST_CASE("e2e: preempt-drain killed goes on: a finished hook is not repeated, an interrupted one is") {
  World world;
  world.hook("10-done", "echo done >>$OUT/runs");
  world.hook("20-long", "echo long $PREEMPT_ATTEMPT >>$OUT/runs; sleep 1");
  world.hook("30-after", "echo after >>$OUT/runs");
  world.start_agent();
  world.reclaim(Seconds(25));
  REQUIRE(eventually([&] { return world.written("runs").find("long 1") != std::string::npos; }));
  const auto lock = sys::read_file(drain::drain_folder(world.state(), world.record()->notice.id) + "/lock", 64);
  REQUIRE(lock->has_value());
  ::kill(std::stoi(**lock), SIGKILL);
  REQUIRE(world.drained());
  CHECK(world.written("runs") == "done\nlong 1\nlong 2\nafter\n");
  CHECK(world.record()->drainers == 2);
  CHECK(world.hook_record("20-long").attempts == 2);
}

TEST_CASE("e2e: a hook that fails, hangs, dies or cannot run never stops the later ones") {
  World world;
  world.hook("10-fails", "exit 3");
  world.hook("20-hangs", "# preemptd: timeout=500ms grace=300ms\ntrap '' TERM\nsleep 60 & while :; do sleep 0.1; done");
  world.hook("30-dies", "kill -SEGV $$");
  world.hook("40-unsafe", "echo never >>$OUT/never");
  ::chmod((world.folder() / "hooks.d/40-unsafe").c_str(), 0777);
  world.folder().write("hooks.d/50-not-executable", "#!/bin/sh\n");
  world.hook("90-last", "echo last >>$OUT/last");
  world.start_agent();
  world.reclaim(Seconds(25));
  REQUIRE(world.drained());
  CHECK(world.hook_record("10-fails").outcome->exit_code == 3);
  CHECK(world.hook_record("20-hangs").outcome->ending == Ending::ran_out_of_time);
  CHECK(world.hook_record("30-dies").outcome->ending == Ending::signalled);
  CHECK(world.hook_record("40-unsafe").outcome->cause == drain::Cause::unsafe);
  CHECK(world.hook_record("50-not-executable").outcome->ending == Ending::not_started);
  CHECK(world.hook_record("90-last").outcome->ending == Ending::ok);
  CHECK(world.written("never").empty());
  CHECK(world.written("last") == "last\n");
  CHECK(world.record()->finished->failed == 5);
}

TEST_CASE("e2e: a drain without any hook is reported as one") {
  for (const bool absent : {false, true}) {
    CAPTURE(absent);
    World world;
    if (absent) ::rmdir((world.folder() / "hooks.d").c_str());
    world.start_agent();
    world.reclaim(Seconds(10));
    REQUIRE(world.drained());
    CHECK(world.record()->hooks.empty());
    CHECK(world.reports("preemptd.hook.finished").empty());
    CHECK(world.reported("preemptd.drain.finished", 1));
  }
}

TEST_CASE("e2e: a notice file that cannot be written is tried again until it can") {
  World world;
  world.hook("10-hook", "echo ran >>$OUT/order");
  world.start_agent();
  const std::string obstacle = world.folder() / "run/notice.json";
  REQUIRE(sys::make_folders(obstacle + "/in-the-way", 0755).has_value());
  world.reclaim(Seconds(20));
  REQUIRE(eventually([&] { return world.log().find("the notice is not in its file") != std::string::npos; }));
  CHECK(world.written("order").empty());
  std::filesystem::remove_all(obstacle);
  REQUIRE(world.drained());
  CHECK(world.written("order") == "ran\n");
  CHECK(world.reported("preemptd.notice.seen", 1));
}

TEST_CASE("e2e: a bad configuration on reload leaves the old one in force and says so") {
  World world;
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  world.write_configuration("metadata.intervall = \"1s\"\n");
  world.signal_agent(SIGHUP);
  CHECK(eventually([&] { return world.log().find("intervall") != std::string::npos; }));
  CHECK(eventually([&] { return world.status()["faults"].dump().find("intervall") != std::string::npos; }));
  CHECK(world.agent_runs());
  world.write_configuration("");
  world.signal_agent(SIGHUP);
  CHECK(eventually([&] { return world.status()["faults"].empty(); }));
  world.reclaim(Seconds(10));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
}

TEST_CASE("e2e: whether preemptd starts drains can change on reload, in the middle of a notice, too") {
  World world;
  world.hook("10-a", "echo $1 >>$OUT/runs; sleep 0.5");
  auto starts = [&world, before = std::string("always")](const std::string& when) mutable {
    auto text = **sys::read_file(world.configuration_file(), 64 * 1024);
    text.replace(text.find("\"" + before + "\""), before.size() + 2, "\"" + when + "\"");
    world.folder().write("preemptd.toml", text);
    before = when;
  };
  starts("never");
  world.start_agent();
  world.reclaim(Seconds(60));
  REQUIRE(world.reported("preemptd.notice.seen", 1));
  CHECK_FALSE(world.record().has_value());
  starts("always");
  world.signal_agent(SIGHUP);
  REQUIRE(eventually([&] { return world.written("runs") == "drain\n"; }));
  // Off again: the drain that runs goes on, and nothing else is started.
  starts("never");
  world.signal_agent(SIGHUP);
  REQUIRE(world.drained());
  CHECK(world.record()->drainers == 1);
  starts("always");
  world.signal_agent(SIGHUP);
  CHECK(eventually([&] { return times(world.log(), "the new settings are in force") == 3; }));
  CHECK(world.written("runs") == "drain\n");
  CHECK(world.record()->drainers == 1);
}

TEST_CASE("e2e: no answer of the cloud ends the agent, and when it is well again a reclaim is seen") {
  World world;
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  const std::vector<Json> values{{{"kind", "slow"}, {"value", 400}},
                                 {{"kind", "hang"}},
                                 {{"kind", "status"}, {"value", 302}},
                                 {{"kind", "garbage"}, {"value", "{\"a\":"}},
                                 {{"kind", "truncate"}, {"value", 3}},
                                 {{"kind", "reset"}},
                                 {{"kind", "huge"}, {"value", 3000000}},
                                 {{"kind", "redirect"}, {"value", "http://127.0.0.1:9/"}},
                                 {{"kind", "empty"}},
                                 {{"kind", "throttle"}, {"value", 100}},
                                 {{"kind", "clock"}, {"value", 3000}},
                                 {{"kind", "drip"}, {"value", 50}}};
  for (const char* target : {"metadata", "api"}) {
    for (Json fault : values) {
      fault["target"] = target;
      fault["for_seconds"] = 0.6;
      CAPTURE(fault.dump());
      world.fault(fault);
      eventually([&] { return !world.agent_runs(); }, Millis(650));
      REQUIRE(world.agent_runs());
    }
  }
  CHECK_FALSE(world.record().has_value());
  // A call that the last fault still holds ends at its own limit of 10 s, and is then tried again.
  CHECK(eventually([&] { return World::both_sources_are_well(world.status()); }, Seconds(40)));
  world.reclaim(Seconds(10));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
}

TEST_CASE("e2e: a notice that both sources take back is undone in reverse order") {
  World world;
  world.hook("10-a", "echo a $1 >>$OUT/order");
  world.hook("20-b", "echo b $1 >>$OUT/order");
  world.start_agent();
  world.reclaim(Seconds(120));
  REQUIRE(world.drained());
  REQUIRE(world.cloud().post("/withdraw", Json::object()).has_value());
  CHECK(eventually([&] { return times(world.written("order"), "undo") == 2; }, Seconds(60)));
  CHECK(world.written("order") == "a drain\nb drain\nb undo\na undo\n");
  CHECK(world.reported("preemptd.undo.finished", 1));
}

TEST_CASE(
    "e2e: where nobody undoes a withdrawn notice it is said, and the notice file written again for the path unit") {
  World world(World::Options{"", {}, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "PREEMPTD_DRAIN_START=never"}, true});
  world.hook("10-a", "echo a $1 >>$OUT/order");
  world.start_agent();
  world.reclaim(Seconds(120));
  const std::string file = world.folder() / "run/notice.json";
  REQUIRE(eventually([&] { return sys::read_file(file, core::kNoticeFileLimit)->has_value(); }));
  REQUIRE(run(program("preempt-drain"), {"--config", world.configuration_file()}).exit == 0);
  auto notice = core::parse_notice(**sys::read_file(file, core::kNoticeFileLimit));
  REQUIRE(notice.has_value());
  notice->state = core::NoticeState::withdrawn;
  REQUIRE(world.cloud().post("/withdraw", Json::object()).has_value());
  REQUIRE(sys::write_file_atomically(file, core::to_json_text(*notice), 0644, sys::Durable::no).has_value());
  REQUIRE(eventually([&] { return world.log().find("no undo has begun yet") != std::string::npos; }));
  struct stat before {
  }, after{};
  REQUIRE(::stat(file.c_str(), &before) == 0);
  CHECK(eventually([&] { return ::stat(file.c_str(), &after) == 0 && after.st_ino != before.st_ino; }));
  REQUIRE(run(program("preempt-drain"), {"--config", world.configuration_file()}).exit == 0);
  CHECK(world.written("order") == "a drain\na undo\n");
}

TEST_CASE("e2e: the drainer, which runs as root, links no network code") {
  const auto libraries = run("/usr/bin/ldd", {program("preempt-drain")});
  REQUIRE(libraries.exit == 0);
  for (const char* name : {"libcurl", "libssl", "libcrypto", "libcpp-httplib", "libspdlog"}) {
    CAPTURE(name);
    CHECK(libraries.out.find(name) == std::string::npos);
  }
}
