#include "drain/history.h"

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

TEST_CASE("history: what is not one is an empty one") {
  for (const auto* text : {"", "{", "[]", R"({"took_ms": 3})", R"({"took_ms": {"10-a": 3}})", R"({"took_ms": {"10-a": ["x", -1]}})"})
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
