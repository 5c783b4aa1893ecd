#include "node/evidence.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::node;
using core::Millis;
using core::Seconds;

namespace {

Evidence run(int started, const std::string& answer) {
  Evidence evidence;
  evidence.agent_started = core::WallTime(Seconds(started));
  evidence.polled.polls = {{core::Source::operation_lock, core::BootTime(Millis(1234)), core::WallTime(Millis(5678)),
                            Millis(9), answer, "\xff"}};
  evidence.polled.skipped = 7;
  evidence.deliveries = {
      {core::WallTime(Millis(99)), "ops", "preemptd.notice.seen", "n-1", "delivered", "200", Millis(12)}};
  return evidence;
}

}  // namespace

TEST_CASE("evidence: what is written is read back") {
  fakes::TempFolder state;
  REQUIRE(write_evidence(state.path(), "n-1", run(1, "locked")));
  const auto runs = read_evidence(state.path(), "n-1");
  REQUIRE(runs);
  REQUIRE(runs->size() == 1);
  const Evidence& one = runs->front();
  CHECK(one.polled.skipped == 7);
  REQUIRE(one.polled.polls.size() == 1);
  CHECK(one.polled.polls[0].source == core::Source::operation_lock);
  CHECK(one.polled.polls[0].at == core::BootTime(Millis(1234)));
  CHECK(one.polled.polls[0].wall == core::WallTime(Millis(5678)));
  CHECK(one.polled.polls[0].answer == "locked");
  REQUIRE(one.deliveries.size() == 1);
  CHECK(one.deliveries[0].sink == "ops");
  CHECK(one.deliveries[0].took == Millis(12));
}

TEST_CASE("evidence: a run of the agent replaces what it said before and stands beside earlier runs, four at most") {
  fakes::TempFolder state;
  for (int started = 1; started <= 6; ++started) REQUIRE(write_evidence(state.path(), "n-1", run(started, "first")));
  REQUIRE(write_evidence(state.path(), "n-1", run(6, "again")));
  const auto runs = read_evidence(state.path(), "n-1");
  REQUIRE(runs);
  REQUIRE(runs->size() == 4);
  CHECK(runs->front().agent_started == core::WallTime(Seconds(3)));
  CHECK(runs->back().polled.polls[0].answer == "again");
}

TEST_CASE("evidence: there is none of an unknown notice, and a spoilt file is an error that the next write corrects") {
  fakes::TempFolder state;
  CHECK(read_evidence(state.path(), "n-1").value().empty());
  state.write("watch/evidence/n-1.json", "{");
  CHECK_FALSE(read_evidence(state.path(), "n-1"));
  REQUIRE(write_evidence(state.path(), "n-1", run(1, "locked")));
  CHECK(read_evidence(state.path(), "n-1").value().size() == 1);
}

TEST_CASE("evidence: the oldest files go") {
  fakes::TempFolder state;
  const auto old_time = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (std::size_t i = 0; i < kMostEvidence + 5; ++i) {
    const auto file = state.write("watch/evidence/old-" + std::to_string(i) + ".json", "{}");
    std::filesystem::last_write_time(file, old_time + Seconds(i));
  }
  REQUIRE(write_evidence(state.path(), "n-1", run(1, "locked")));
  CHECK_FALSE(std::filesystem::exists(state / "watch/evidence/old-5.json"));
  CHECK(std::filesystem::exists(state / "watch/evidence/old-6.json"));
  CHECK(std::filesystem::exists(evidence_path(state.path(), "n-1")));
}
