#include "cli/node/status_view.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utc.h"

using namespace preemptd;
using namespace preemptd::cli;

namespace {

const core::WallTime kNow = *core::parse_utc("2026-05-01T10:00:10Z");

Json watching() {
  return Json::parse(
      R"({"version":1,"agent_version":"0.1.0","written_at":"2026-05-01T10:00:08Z","started_at":"2026-05-01T09:00:10Z",
    "pid":7,"phase":"watching","instance":{"instance_id":"i-1","region_id":"r","zone_id":"z","instance_type":"t"},
    "sources":{"metadata":{"enabled":true,"last_good_age_ms":400,"good":9,"failed":0,"unreadable":0,"trouble":null},
               "operation-lock":{"enabled":true,"last_good_age_ms":null,"good":0,"failed":3,"unreadable":0,
                                 "trouble":{"fault":"denied","text":"no permission"}}},
    "blind":false,"notice":null,"hooks":{"ok":2,"unusable":1,"ignored":0,"fits":true,"verdict":"fits"},
    "drain":null,"reports":{"waiting":3,"sinks":[{"name":"ops","owed":3,"failures":2,"gone":false}]},"faults":["disk full"]})");
}

std::string fact(const Table& table, const std::string& name) {
  for (const auto& row : table.rows) {
    if (row[0].text == name) return row[1].text;
  }
  return "";
}

}  // namespace

TEST_CASE("status: each fact says how it is now") {
  const auto table = status_table(watching(), true, kNow);
  CHECK(fact(table, "agent") == "preemptd 0.1.0, watching, up for 60 min");
  CHECK(fact(table, "instance") == "i-1  t  z");
  CHECK(fact(table, "metadata") == "last good answer within the last 2.4 s");
  CHECK(fact(table, "operation lock") == "no permission; no good answer yet");
  CHECK(fact(table, "notice") == "none");
  CHECK(fact(table, "hooks") == "2 ready, 1 unusable (see: preemptctl hooks list); fits");
  CHECK(fact(table, "reports") == "3 waiting; ops fails");
  CHECK(fact(table, "fault") == "disk full");
}

TEST_CASE("status: a notice counts down from when the file was written") {
  auto status = watching();
  status["notice"] = Json::parse(R"({"state":"pending","sources":["metadata","operation-lock"],
    "termination_time":"2026-05-01T10:05:00Z","left_ms":62000})");
  CHECK(fact(status_table(status, true, kNow), "notice") ==
        "this instance goes at 2026-05-01T10:05:00Z, 60 s left (metadata, operation-lock)");
}

TEST_CASE("status: a dead agent and a blind one are told apart from a watching one") {
  auto status = watching();
  CHECK(health_of(status, true) == Health::watching);
  CHECK(health_of(status, false) == Health::not_running);
  status["blind"] = true;
  CHECK(health_of(status, true) == Health::blind);
  const auto dead = status_table(status, false, kNow);
  CHECK(fact(dead, "agent").find("not running") == 0);
  CHECK(fact(dead, "metadata") == "last good answer 2.4 s ago");
}

TEST_CASE("status: members that are missing or of another type are no crash") {
  for (const char* text :
       {"{}", "[]", "null",
        R"({"sources":[],"notice":7,"drain":{"hooks":[1,{}]},"faults":[1],"reports":{"sinks":[3]}})"}) {
    const auto status = Json::parse(text);
    CHECK_NOTHROW(status_table(status, true, kNow));
    CHECK_NOTHROW(timeline_of(status, kNow));
  }
}

TEST_CASE("status: each hook of a drain under way is a bar between the notice and its deadline") {
  auto status = watching();
  status["notice"] = Json::parse(R"({"state":"pending","seen_at":"2026-05-01T09:59:58Z","left_ms":50000})");
  status["drain"] = Json::parse(R"({"id":"d","state":"running","hooks":[
    {"hook":"10-a","event":"drain","outcome":"ok","started_at":"2026-05-01T10:00:00Z","took_ms":1500},
    {"hook":"20-b\u001b","event":"drain","outcome":"running","started_at":"2026-05-01T10:00:05Z","took_ms":null},
    {"hook":"30-c","event":"drain","outcome":"waiting","started_at":null,"took_ms":null}]})");
  CHECK(fact(status_table(status, true, kNow), "drain").starts_with("running: 1 of 3 hooks over, 1 running ("));
  const auto chart = timeline_of(status, kNow);
  CHECK(chart.length == core::Seconds(60));
  REQUIRE(chart.lanes.size() == 3);
  CHECK(chart.lanes[0].note == "ok 1.5 s");
  CHECK(chart.lanes[0].spans.at(0).from == core::Seconds(2));
  CHECK(chart.lanes[0].spans.at(0).to == core::Millis(3500));
  CHECK(chart.lanes[1].note == "running 5.0 s");
  CHECK(chart.lanes[1].label.find('\033') == std::string::npos);
  CHECK(chart.lanes[2].spans.empty());
}

TEST_CASE("status: a hook that waits is neither done nor bad, and how trees are killed is said") {
  auto status = watching();
  status["drain"] = Json::parse(R"({"id":"d","state":"running","backend":"walk","hooks":[
    {"hook":"10-a","event":"drain","outcome":"ok"},{"hook":"20-b","event":"drain","outcome":"running"},
    {"hook":"30-c","event":"drain","outcome":"waiting"}]})");
  CHECK(fact(status_table(status, true, kNow), "last drain") ==
        "running: 1 of 3 hooks over, 1 running; trees killed by walk (preemptctl records show d)");
}

TEST_CASE("status: where the key comes from, and why a sink fails, are said") {
  auto status = watching();
  status["credentials"] = "none";
  status["reports"]["sinks"][0]["last"] = "HTTP 503";
  const auto table = status_table(status, true, kNow);
  CHECK(fact(table, "credentials").find("RAM role") != std::string::npos);
  CHECK(fact(table, "reports") == "3 waiting; ops fails (HTTP 503)");
}

TEST_CASE("status: the verdict stands first, and says what matters now") {
  auto status = watching();
  const auto verdict = [&](bool running = true) {
    const auto table = status_table(status, running, kNow);
    CHECK(table.rows.front()[0].text == "verdict");
    return table.rows.front()[1].text;
  };
  CHECK(verdict() == "watching");
  CHECK(verdict(false).starts_with("preemptd does not run"));
  status["no_drain"] = "preemptd-drain.path is not active";
  CHECK(health_of(status, true) == Health::no_drain);
  CHECK(verdict() == "a reclaim would be seen, and nobody would drain");
  CHECK(fact(status_table(status, true, kNow), "DRAIN") == "preemptd-drain.path is not active");
  status["no_drain"] = nullptr;
  status["notice"] = Json::parse(R"({"state":"pending","sources":["metadata"],"left_ms":62000})");
  status["phase"] = "draining";
  status["drain"] = Json::parse(R"({"id":"n","state":"running","margin_ms":null,"backend":"cgroup","hooks":[
    {"hook":"10-a","outcome":"failed"},{"hook":"20-b","outcome":"running"},{"hook":"30-c","outcome":"waiting"}]})");
  CHECK(verdict() == "draining: 1 of 3 hooks over, 1 running, 1 of 3 hooks failed: 10-a; 60 s left");
  CHECK(fact(status_table(status, true, kNow), "hooks").empty());
  status["phase"] = "drained";
  status["drain"]["state"] = "finished";
  status["drain"]["verdict"] = "1 of 3 hooks failed: 10-a; ended 102 s before the deadline";
  status["drain"]["hooks"][1]["outcome"] = status["drain"]["hooks"][2]["outcome"] = "ok";
  CHECK(verdict() == "1 of 3 hooks failed: 10-a; ended 102 s before the deadline");
}

TEST_CASE("status: settings that are not in force, and sources that disagree, are facts") {
  auto status = watching();
  status["changed_files"] = {"/etc/preemptd/preemptd.toml"};
  status["sources_disagree"] = {{"announced_by", "metadata"}, {"lasts_ms", 30000}};
  const auto table = status_table(status, true, kNow);
  CHECK(fact(table, "settings") ==
        "changed since they were read: /etc/preemptd/preemptd.toml (systemctl reload preemptd)");
  CHECK(fact(table, "sources") == "metadata announces a notice that the other source has denied for 30 s");
}
