#include "node/drain_result.h"

#include <doctest/doctest.h>

using namespace preemptd;

namespace {

drain::HookRecord ended(const char* name, drain::Ending ending, drain::Cause cause = drain::Cause::none) {
  drain::HookRecord hook;
  hook.plan.hook.name = name;
  hook.started = core::BootTime{};
  hook.outcome = drain::HookOutcome{};
  hook.outcome->ending = ending;
  hook.outcome->cause = cause;
  return hook;
}

}  // namespace

TEST_CASE("drain result: skipped and not needed hooks have not failed, names are fit for a terminal") {
  drain::Record record;
  record.hooks = {ended("10-a", drain::Ending::ok), ended("20-b\033", drain::Ending::failed),
                  ended("30-c", drain::Ending::skipped),
                  ended("40-d", drain::Ending::not_started, drain::Cause::withdrawn),
                  ended("50-e", drain::Ending::not_started, drain::Cause::no_time)};
  record.hooks.emplace_back().started = core::BootTime{};
  record.hooks.emplace_back();
  const auto result = node::result_of(record);
  CHECK(result.hooks == 7);
  CHECK(result.over == 5);
  CHECK(result.running == 1);
  CHECK(result.skipped == 2);
  CHECK(result.failed == 2);
  REQUIRE(result.failed_names.size() == 2);
  CHECK(result.failed_names[0].find('\033') == std::string::npos);
  CHECK_FALSE(result.margin.has_value());
  record.finished = drain::DrainFinished{};
  record.finished->margin = core::Seconds(5);
  CHECK(node::result_of(record).margin == core::Millis(5000));
}
