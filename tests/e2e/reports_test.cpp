#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "fakes/raw_server.h"
#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;
using fakes::raw_reply;
using fakes::RawAnswer;

namespace {

Json sink_status(const World& world, const std::string& name) {
  const Json status = world.status();
  for (const auto& sink : status["reports"]["sinks"]) {
    if (sink["name"] == name) return sink;
  }
  return Json::object();
}

Json tags(World& world) {
  return world.cloud().get("/state").value()["instance"]["tags"];
}

std::size_t calls(World& world, const std::string& action) {
  std::size_t count = 0;
  const Json log = world.cloud().get("/requests?limit=20000").value();
  for (const auto& request : log["requests"]) count += request["action"] == action ? 1 : 0;
  return count;
}

/// The files that a row of the table below is about.
struct Files {
  fakes::TempFolder folder;
  std::string open = secret("open", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0644);
  std::string no_secret = secret("no-secret", "hunter2", 0600);
  std::string no_address = secret("no-address", "file:///etc/shadow", 0600);
  std::string broken_template = folder.write("broken.mustache", "{{type}");
  std::string missing = folder / "missing";

  std::string secret(const std::string& name, const std::string& text, mode_t mode) const {
    const auto path = folder.write(name, text);
    ::chmod(path.c_str(), mode);
    return path;
  }
};

struct Row {
  std::string name;
  std::string settings;  ///< TOML below [sink.NAME]; an address is added for rows with an answer
  std::string says;      ///< part of what the status says of the last attempt
  std::optional<RawAnswer> answer;
};

std::vector<Row> rows(const Files& files) {
  const std::string webhook = "type = \"webhook\"\n";
  const std::string local = "url = \"http://127.0.0.1:1/\"\n";
  const auto answered = [&](std::string name, std::string says, RawAnswer answer) {
    return Row{std::move(name), webhook + "timeout = \"1s\"\n", std::move(says), std::move(answer)};
  };
  return {
      {"unknown-kind", "type = \"pigeon\"\n", "has no known type", {}},
      {"unusable-url", webhook + "url_file = \"" + files.no_address + "\"\n", "http:// or https:// address", {}},
      {"metadata-url", webhook + "url = \"http://100.100.100.200/x\"\n", "metadata service", {}},
      {"missing-secret", webhook + local + "secret_file = \"" + files.missing + "\"\n", "there is no such file", {}},
      {"open-secret", webhook + local + "secret_file = \"" + files.open + "\"\n", "others can read or write", {}},
      {"no-secret", webhook + local + "secret_file = \"" + files.no_secret + "\"\n", "whsec_", {}},
      {"broken-template", webhook + local + "template_file = \"" + files.broken_template + "\"\n", "template", {}},
      {"nobody", webhook + local, "onnect", {}},
      answered("redirect", "HTTP 301", raw_reply("301 Moved Permanently", "", "Location: http://127.0.0.1:1/\r\n")),
      answered("gone", "HTTP 410", raw_reply("410 Gone", "")),
      answered("an-hour", "HTTP 429", raw_reply("429 Too Many Requests", "", "Retry-After: 3600\r\n")),
      answered("broken", "HTTP 500", raw_reply("500 Internal Server Error", "oops")),
      answered("rubbish", "", {"\x01\x02\x03 this is not HTTP\r\n\r\n", true}),
      answered("huge", "longer than", raw_reply("200 OK", std::string(1024 * 1024, 'x'))),
      answered("slow", "HTTP 500", {raw_reply("500 Internal Server Error", "slow").bytes, false, 700}),
      answered("hangs", "no complete answer in time", {"", false, 60'000}),
  };
}

/// Rows with an answer get a receiver that gives it as often as it is asked.
std::string configuration_of(const std::vector<Row>& table, std::vector<std::unique_ptr<fakes::RawServer>>& servers) {
  std::string text;
  for (const auto& row : table) {
    text += "[sink." + row.name + "]\n" + row.settings;
    if (!row.answer) continue;
    servers.push_back(std::make_unique<fakes::RawServer>(std::deque<RawAnswer>(200, *row.answer)));
    text += "url = \"" + servers.back()->url("/in") + "\"\n";
  }
  return text;
}

struct Timing {
  Millis first_hook{0}, whole{0};  ///< since the notice was seen
};

Timing drain_with(World& world) {
  world.hook("10-a", "sleep 0.2");
  world.hook("20-b", "echo ran >>$OUT/b");
  world.start_agent();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.written("b") == "ran\n");
  const auto record = *world.record();
  const auto seen = record.notice.seen_at_boot;
  const auto since_seen = [&](core::BootTime time) { return std::chrono::duration_cast<Millis>(time - seen); };
  return {since_seen(*record.hooks.at(0).started), since_seen(record.started.deadline.at()) - record.finished->margin};
}

}  // namespace

TEST_CASE("e2e: with every kind of bad sink at once, each is told apart and no drain takes 50 ms longer") {
  const Files files;
  const auto table = rows(files);
  Timing quiet{Seconds(60), Seconds(60)}, loud = quiet;
  const auto keep_best = [](Timing& best, const Timing& other) {
    best = {std::min(best.first_hook, other.first_hook), std::min(best.whole, other.whole)};
  };
  const auto close = [&] {
    return loud.first_hook - quiet.first_hook < Millis(50) && loud.whole - quiet.whole < Millis(50);
  };
  // The best of up to three: other work on this machine only ever adds.
  for (int round = 0; round < 3 && (round == 0 || !close()); ++round) {
    {
      World world;
      keep_best(quiet, drain_with(world));
    }
    std::vector<std::unique_ptr<fakes::RawServer>> servers;
    World::Options options;
    options.configuration = configuration_of(table, servers);
    World world(options);
    keep_best(loud, drain_with(world));
    for (const auto& row : table) {
      CAPTURE(row.name);
      CHECK_MESSAGE(eventually([&] {
                      const auto sink = sink_status(world, row.name);
                      return sink.value("owed", 0) > 0 &&
                             (sink.value("failures", 0) > 0 || sink.value("gone", false)) &&
                             sink.value("last", "").find(row.says) != std::string::npos;
                    }),
                    sink_status(world, row.name).dump());
    }
    CHECK(world.reported("preemptd.notice.seen", 1));
    CHECK(world.reported("preemptd.hook.finished", 2));
  }
  MESSAGE("notice to first hook: " << quiet.first_hook.count() << " ms with a good sink alone, "
                                   << loud.first_hook.count() << " ms with " << table.size() << " bad ones; to the end "
                                   << quiet.whole.count() << " and " << loud.whole.count() << " ms");
  CHECK(close());
}

TEST_CASE("e2e: a drain that is not over when its time is, is told before the end, and its true end after that") {
  World world;
  world.hook("10-done", "true");
  world.hook("20-stuck", "trap '' TERM; while :; do sleep 0.1; done");
  world.start_agent();
  world.reclaim(Seconds(7));
  REQUIRE(world.drained());
  const auto told = world.reports("preemptd.drain.unfinished");
  REQUIRE(told.size() == 1);
  CHECK(told[0]["data"]["running"] == Json::array({"20-stuck"}));
  CHECK(told[0]["data"]["ok"] == 1);
  CHECK(told[0]["data"]["left_ms"] > 500);
  CHECK(world.reported("preemptd.drain.finished", 1));
  const auto received = world.webhook().received();
  const auto at = [&](const char* type) {
    return std::find_if(received.begin(), received.end(), [&](const auto& one) { return one.type == type; });
  };
  CHECK(at("preemptd.drain.unfinished") < at("preemptd.drain.finished"));
  CHECK(at("preemptd.drain.unfinished")->at < world.record()->started.deadline.at());
}

TEST_CASE(
    "e2e: the instance's tags follow the drain and come off when it is undone, CloudMonitor and a program hear of "
    "all") {
  World::Options options;
  options.configuration = "[sink.tags]\ntype = \"tag\"\n[sink.monitor]\ntype = \"cloudmonitor\"\n";
  World world(options);
  const auto script = world.folder().write(
      "tell", "#!/bin/sh\ncat >>" + (world.folder() / "out/told") + "; echo >>" + (world.folder() / "out/told") + "\n");
  ::chmod(script.c_str(), 0755);
  world.write_configuration("[sink.program]\ntype = \"exec\"\ncommand = [\"" + script + "\"]\n");
  world.hook("10-a", "[ $1 = undo ] || sleep 0.5");
  world.start_agent();
  world.reclaim(Seconds(120));
  CHECK(eventually([&] { return tags(world).value("preemptd:state", "") == "draining"; }));
  REQUIRE(world.drained());
  CHECK(eventually([&] { return tags(world).value("preemptd:state", "") == "drained"; }));
  CHECK(tags(world)["preemptd:result"] == "1 ok, 0 skipped, 0 failed");
  CHECK(tags(world).contains("preemptd:notice"));

  // Taken back by the cloud, and undone at once by hand: both sources would take longer to be believed.
  REQUIRE(world.cloud().post("/withdraw", Json::object()).has_value());
  REQUIRE(world.ctl({"undo", "--yes"}).exit == 0);
  CHECK(world.reported("preemptd.notice.withdrawn", 1));
  CHECK(world.reported("preemptd.undo.finished", 1));
  CHECK(world.log().find("the notice is withdrawn; undoing the drain") != std::string::npos);
  CHECK(world.log().find("continuing with the notice from before") == std::string::npos);
  CHECK(
      eventually([&] { return !tags(world).contains("preemptd:state") && !tags(world).contains("preemptd:result"); }));
  CHECK(eventually([&] { return calls(world, "PutCustomEvent") >= 6; }));
  for (const std::string type :
       {"agent.started", "notice.seen", "drain.started", "hook.finished", "drain.finished", "undo.finished"}) {
    CAPTURE(type);
    CHECK(eventually([&] { return world.written("told").find("\"preemptd." + type + "\"") != std::string::npos; }));
  }
  for (const char* sink : {"tags", "monitor", "program"})
    CHECK(eventually([&] { return sink_status(world, sink)["owed"] == 0; }));
}

TEST_CASE("e2e: an undo made while preemptd is down is told when it comes back, once") {
  World world;
  world.hook("10-a", "true");
  world.start_agent();
  world.reclaim(Seconds(120));
  REQUIRE(world.drained());
  CHECK(world.reported("preemptd.notice.seen", 1));
  REQUIRE(world.cloud().post("/withdraw", Json::object()).has_value());
  world.kill_agent();
  REQUIRE(world.ctl({"undo", "--yes"}).exit == 0);
  for (int start = 0; start < 2; ++start) {
    world.start_agent();
    CHECK(world.reported("preemptd.notice.withdrawn", 1));
    CHECK(world.reported("preemptd.undo.finished", 1));
    CHECK(eventually([&] { return sink_status(world, "test")["owed"] == 0; }));
    world.kill_agent();
  }
  CHECK(world.reports("preemptd.notice.withdrawn").size() == 1);
}

TEST_CASE("e2e: tags that the cloud takes only after the drain show its end, and when the notice was for") {
  World::Options options;
  options.configuration = "[sink.tags]\ntype = \"tag\"\n";
  World world(options);
  world.hook("10-a", "true");
  world.start_agent();
  world.fault({{"target", "api"}, {"only", "TagResources"}, {"kind", "throttle"}, {"value", 100}});
  world.reclaim(Seconds(60));
  REQUIRE(world.drained());
  REQUIRE(eventually([&] { return sink_status(world, "tags").value("failures", 0) > 0; }));
  world.fault({{"target", "api"}, {"only", "TagResources"}, {"kind", "throttle"}, {"for_seconds", 0}});
  CHECK(eventually([&] { return sink_status(world, "tags")["owed"] == 0; }));
  CHECK(tags(world)["preemptd:state"] == "drained");
  CHECK(tags(world)["preemptd:notice"] == core::format_utc(world.record()->notice.termination_time));
}

TEST_CASE("e2e: a mistake in a file costs what it is about, not the watch") {
  World::Options options;
  options.configuration = "[metrics]\nlissten = \"127.0.0.1:0\"\n";
  World world(options);
  world.hook("10-a", "echo ran >>$OUT/a");
  world.start_agent();
  CHECK(world.status()["faults"].dump().find("did you mean") != std::string::npos);
  world.reclaim(Seconds(10));
  REQUIRE(world.drained());
  CHECK(world.written("a") == "ran\n");
}

TEST_CASE("e2e: a report that waits can be looked at, sent again and dropped while preemptd runs") {
  World world;
  world.webhook().answer_with(401);
  world.start_agent();
  REQUIRE(eventually([&] { return world.webhook().refused() > 0; }));
  const auto listed = Json::parse(world.ctl({"report", "list", "--json"}).out);
  REQUIRE(listed["reports"].size() == 1);
  const std::string id = listed["reports"][0]["event"]["id"];
  CHECK(world.ctl({"report", "show", id}).out.find("\"owed\"") != std::string::npos);
  CHECK(world.ctl({"report", "test", "test"}).out.find("HTTP 401") != std::string::npos);
  CHECK(world.ctl({"report", "drop", id}).exit == 0);
  CHECK(eventually([&] { return sink_status(world, "test")["owed"] == 0; }));
  world.webhook().answer_with(200);
  CHECK(world.ctl({"report", "test"}).exit == 0);
  CHECK(world.ctl({"report", "resend", id}).exit == 4);
  CHECK(world.ctl({"report", "list"}).out.find("no report waits") != std::string::npos);
}
