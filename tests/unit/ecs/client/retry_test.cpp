#include "ecs/client/retry.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::ErrorCode;
using core::Millis;
using ecs::FailedTry;
using ecs::Repeatability;

namespace {

ecs::Failure said(int status, const std::string& code) {
  ecs::ServerError error;
  error.http_status = status;
  error.code = code;
  return ecs::failure_of(error, "ecs:X");
}

ecs::Failure silent(ErrorCode fault) {
  return {core::Error{fault, "no answer", ""}, std::nullopt};
}

}  // namespace

TEST_CASE("ecs: what may be repeated depends on the failure and on what was asked") {
  struct Row {
    ecs::Failure failure;
    bool arrived;
    bool read, with_token, write;
  };
  for (const auto& row :
       {Row{said(400, "Throttling.User"), true, true, true, true},
        Row{said(503, "ServiceUnavailable"), true, true, true, false},
        Row{said(500, "InternalError"), true, true, true, false}, Row{said(502, ""), true, true, true, false},
        Row{said(403, "LastTokenProcessing"), true, true, true, true},
        Row{said(409, "OperationConflict"), true, true, true, true},
        Row{said(400, "SignatureNonceUsed"), true, true, true, false},
        Row{said(403, "Forbidden.RAM"), true, false, false, false},
        Row{said(404, "InvalidInstanceId.NotFound"), true, false, false, false},
        Row{said(200, ""), true, true, true, false},
        Row{said(403, "OperationDenied.NoStock"), true, false, false, false},
        Row{silent(ErrorCode::unreachable), false, true, true, true},
        Row{silent(ErrorCode::unreachable), true, true, true, false},
        Row{silent(ErrorCode::untrusted), false, false, false, false},
        Row{silent(ErrorCode::timed_out), true, true, true, false},
        Row{silent(ErrorCode::bad_input), false, false, false, false},
        Row{silent(ErrorCode::denied), false, false, false, false}}) {
    CAPTURE(row.failure.error.what);
    CHECK(ecs::may_repeat(row.failure, {1, Repeatability::read, row.arrived}) == row.read);
    CHECK(ecs::may_repeat(row.failure, {1, Repeatability::write_with_token, row.arrived}) == row.with_token);
    CHECK(ecs::may_repeat(row.failure, {1, Repeatability::write, row.arrived}) == row.write);
  }
}

TEST_CASE("ecs: waits double up to the longest, with full jitter, and end after the last attempt") {
  const ecs::RetryPolicy policy{4, Millis{500}, Millis{1500}};
  const auto wait = [&](int number, double random) {
    return ecs::wait_after(said(503, "ServiceUnavailable"), {number, Repeatability::read, true}, policy, random);
  };
  CHECK(wait(1, 0.0) == Millis{0});
  CHECK(wait(1, 0.5) == Millis{250});
  CHECK(wait(2, 0.5) == Millis{500});
  CHECK(wait(3, 0.5) == Millis{750});
  CHECK_FALSE(wait(4, 0.5).has_value());
}

TEST_CASE("ecs: the server's own wish replaces the drawn wait") {
  auto failure = said(400, "Throttling");
  failure.server->retry_after = Millis{2000};
  CHECK(ecs::wait_after(failure, {1, Repeatability::write, true}, {}, 0.1) == Millis{2000});
}

TEST_CASE("ecs: a call is read, written with a token, or just written") {
  CHECK(ecs::repeatability_of({ecs::kEcs, "DescribeInstances", {}}) == Repeatability::read);
  CHECK(ecs::repeatability_of({ecs::kEcs, "ListTagResources", {}}) == Repeatability::read);
  CHECK(ecs::repeatability_of({ecs::kEcs, "RunInstances", {{"ClientToken", "t"}}}) == Repeatability::write_with_token);
  CHECK(ecs::repeatability_of({ecs::kEcs, "RunInstances", {{"ClientToken", ""}}}) == Repeatability::write);
  CHECK(ecs::repeatability_of({ecs::kEcs, "StopInstance", {}}) == Repeatability::write);
}
