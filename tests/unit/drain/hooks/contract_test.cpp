#include "drain/hooks/contract.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "fakes/drain_values.h"

using namespace preemptd;

namespace {

drain::HookCall call_of(const core::Notice& notice, const drain::Account& account) {
  return {notice,
          drain::HookEvent::drain,
          "20-app",
          2,
          core::WallTime(core::Millis(1'800'000'060'900)),
          core::WallTime(core::Seconds(1'800'000'300)),
          core::Millis(59'999),
          "/state/20-app",
          account};
}

}  // namespace

TEST_CASE(
    "contract: a hook's environment is exactly the documented one, in whole seconds that never promise too much") {
  const core::Notice notice = fakes::notice();
  const drain::Account account{"app", "/home/app", {}};
  CHECK(drain::environment_of(call_of(notice, account)) ==
        std::vector<std::string>{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                 "HOME=/home/app",
                                 "LANG=C.UTF-8",
                                 "USER=app",
                                 "SHELL=/bin/sh",
                                 "PREEMPT_CONTRACT=1",
                                 "PREEMPT_EVENT=drain",
                                 "PREEMPT_NOTICE_ID=notice-1",
                                 "PREEMPT_SOURCE=metadata",
                                 "PREEMPT_TERMINATION_TIME=2027-01-15T08:05:00Z",
                                 "PREEMPT_STOP_BY=1800000060",
                                 "PREEMPT_SECONDS_LEFT=59",
                                 "PREEMPT_DEADLINE=1800000300",
                                 "PREEMPT_INSTANCE_ID=i-1",
                                 "PREEMPT_REGION_ID=cn-hangzhou",
                                 "PREEMPT_ZONE_ID=cn-hangzhou-h",
                                 "PREEMPT_INSTANCE_TYPE=ecs.g7.large",
                                 "PREEMPT_BEHAVIOR=terminate",
                                 "PREEMPT_REHEARSAL=0",
                                 "PREEMPT_ATTEMPT=2",
                                 "PREEMPT_STATE_DIR=/state/20-app"});
}

TEST_CASE("contract: stdin holds the notice with the call as one line of JSON") {
  const core::Notice notice = fakes::notice();
  const std::string text = drain::document_of(call_of(notice, drain::Account{}));
  CHECK(text.find('\n') == text.size() - 1);
  const auto document = core::parse_json(text);
  REQUIRE(document);
  CHECK(core::string_at(*document, "id") == "notice-1");
  CHECK(core::string_at(*document, "hook") == "20-app");
  CHECK(core::integer_at(*document, "attempt") == 2);
  CHECK(core::integer_at(*document, "seconds_left") == 59);
  CHECK(core::string_at(*document, "stop_by") == "2027-01-15T08:01:00.900Z");
}
