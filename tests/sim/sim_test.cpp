#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "seeds.h"

using namespace preemptd::sim;

namespace {

/// PREEMPTD_SIM_SEEDS, else what suits the build (CMakeLists.txt).
std::uint64_t seeds() {
  const char* asked = std::getenv("PREEMPTD_SIM_SEEDS");
  return asked == nullptr ? PREEMPTD_SIM_SEEDS : std::strtoull(asked, nullptr, 10);
}

constexpr std::uint64_t kFrom = 1;
constexpr std::uint64_t kCaughtWithin = 10'000;

}  // namespace

TEST_CASE("sim: in every world the laws hold") {
  MESSAGE(seeds(), " worlds");
  const auto found = search(kFrom, seeds());
  if (found) FAIL(describe(*found));
}

TEST_CASE("sim: a world is the same each time it is lived through") {
  std::ostringstream once, again;
  live(7, Broken::nothing, &once);
  live(7, Broken::nothing, &again);
  CHECK_FALSE(once.str().empty());
  CHECK(once.str() == again.str());
}

TEST_CASE("sim: every program that is broken on purpose is caught within 10,000 worlds") {
  for (int i = 1; i < kBrokenCount; ++i) {
    const auto broken = static_cast<Broken>(i);
    CAPTURE(name_of(broken));
    const auto found = search(kFrom, kCaughtWithin, broken);
    CHECK(found);
    if (found) MESSAGE(std::string(name_of(broken)), ": ", describe(*found, broken));
  }
}
