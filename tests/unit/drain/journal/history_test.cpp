#include "drain/journal/history.h"

#include <doctest/doctest.h>

#include "fakes/drain_values.h"

using namespace preemptd;
using core::Seconds;
using drain::History;

TEST_CASE("history: the longest of the newest eight predicts, and survives a file") {
  History history;
  history.add("10-a", Seconds(100));
  for (int i = 1; i <= 8; ++i) history.add("10-a", Seconds(i));
  const History read = History::parse(history.to_text());
  CHECK(read.predicted("10-a") == Seconds(8));
  CHECK_FALSE(read.predicted("20-b"));
}

TEST_CASE("history: rehearsals predict, too, and do not push real durations out") {
  History history;
  history.add("10-a", Seconds(60));
  for (int i = 0; i < 20; ++i) history.add("10-a", Seconds(1), History::Kind::rehearsed);
  history.add("20-b", Seconds(2), History::Kind::rehearsed);
  const History read = History::parse(history.to_text());
  CHECK(read.predicted("10-a") == Seconds(60));
  CHECK(read.predicted("20-b") == Seconds(2));
}

TEST_CASE("history: of a record it takes the hooks that ended well, a rehearsal's as rehearsed") {
  drain::Record record;
  record.notice.rehearsal = true;
  const auto at = [](int seconds) { return fakes::kNow + Seconds(seconds); };
  for (const auto& [name, ending] : {std::pair("10-a", drain::Ending::ok), std::pair("20-b", drain::Ending::failed)}) {
    drain::HookRecord hook;
    hook.plan.hook.name = name;
    hook.started = at(1), hook.ended = at(4);
    hook.outcome = drain::HookOutcome{};
    hook.outcome->ending = ending;
    record.hooks.push_back(hook);
  }
  History history;
  history.add(record);
  CHECK(history.predicted("10-a") == Seconds(3));
  CHECK_FALSE(history.predicted("20-b"));
  CHECK(history.to_text().find("\"took_ms\": {}") != std::string::npos);
}

TEST_CASE("history: what is not one is an empty one") {
  for (const auto* text :
       {"", "{", "[]", R"({"took_ms": 3})", R"({"took_ms": {"10-a": 3}})", R"({"took_ms": {"10-a": ["x", -1]}})"})
    CHECK_FALSE(History::parse(text).predicted("10-a"));
}

TEST_CASE("history: it is bounded in hooks") {
  History history;
  for (int i = 0; i < 2000; ++i) history.add("h" + std::to_string(i), Seconds(1));
  CHECK(history.predicted("h511"));
  CHECK_FALSE(history.predicted("h512"));
}

TEST_CASE("history: found hooks are told what they took") {
  History history;
  history.add("10-a", Seconds(3));
  auto discovery = fakes::found({fakes::hook("10-a"), fakes::hook("20-b")});
  drain::predict(discovery, history);
  CHECK(discovery.hooks[0].spec.predicted == Seconds(3));
  CHECK_FALSE(discovery.hooks[1].spec.predicted);
}
