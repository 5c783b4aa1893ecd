#include "watch/cadence.h"
#include "watch/clock_error.h"

#include <doctest/doctest.h>

using namespace preemptd::watch;
using namespace std::chrono_literals;
using preemptd::core::ErrorCode;
using preemptd::core::Millis;

TEST_CASE("watch: metadata is asked at its interval, ten per cent either way, failures or not") {
  CHECK(next_metadata_poll(1s, std::nullopt, 0.0) == 900ms);
  CHECK(next_metadata_poll(1s, std::nullopt, 0.999) >= 1099ms);
  CHECK(next_metadata_poll(1s, ErrorCode::timed_out, 0.5) == 1s);
  CHECK(next_metadata_poll(1s, ErrorCode::unreachable, 0.5) == 1s);
}

TEST_CASE("watch: a metadata service that says no or slower is asked less often") {
  CHECK(next_metadata_poll(1s, ErrorCode::denied, 0.5) == 30s);
  CHECK(next_metadata_poll(1s, ErrorCode::throttled, 0.5) == 5s);
}

TEST_CASE("watch: the control plane is asked as its last answer deserves") {
  const auto wait = [](ControlLook look) { return next_control_poll(look, 0.5); };
  CHECK(wait({.interval = 60s}) == 60s);
  CHECK(wait({.interval = 60s, .need = ControlNeed::pressing}) == 5s);
  CHECK(wait({.interval = 60s, .need = ControlNeed::alone}) == 30s);
  CHECK(wait({.interval = 20s, .need = ControlNeed::alone}) == 20s);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::unreachable, 1}}) == 15s);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::untrusted, 100}}) == 15s);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::denied, 1}}) == 60s);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::bad_input, 3}}) == 4min);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::denied, 20}}) == 10min);
  CHECK(wait({.interval = 15min, .failures = {ErrorCode::denied, 1}}) == 15min);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::throttled, 1}}) == 2min);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::throttled, 20}}) == 10min);
  CHECK(wait({.interval = 15min, .failures = {ErrorCode::throttled, 1}}) == 15min);
  CHECK(wait({.interval = 60s, .failures = {ErrorCode::throttled, 1}, .server_delay = 20min}) == 20min);
}

TEST_CASE("watch: an outage before a throttled call does not make the wait after it longer") {
  FailureRun failures;
  for (int i = 0; i < 9; ++i) failures.add(ErrorCode::unreachable);
  CHECK(failures.times == 9);
  failures.add(ErrorCode::throttled);
  CHECK(next_control_poll({.interval = 60s, .failures = failures}, 0.5) == 2min);
}

TEST_CASE("watch: a Date header of whole seconds is no proof of a clock error below a second and a half") {
  const preemptd::core::WallTime date(preemptd::core::Seconds(1000));
  CHECK(clock_error(date + 999ms, date) == 0ms);
  CHECK(clock_error(date + 2s, date) == 0ms);
  CHECK(clock_error(date + 2001ms, date) == 1501ms);
  CHECK(clock_error(date - 1h, date) == -1h - 500ms);
}
