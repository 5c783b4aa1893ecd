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

namespace {

ecs::Failure said(int status, const std::string& code, const std::string& message) {
  ecs::ServerError error;
  error.http_status = status;
  error.code = code;
  error.message = message;
  return ecs::failure_of(error, "ecs:X");
}

}  // namespace

TEST_CASE("ecs: whatever says busy, in conflict or still processing is asked again, whatever it would change") {
  for (const auto& failure :
       {said(400, "OperationFailed.LastTokenProcessing"), said(400, "IdempotentTokenProcessing"),
        said(403, "IdempotentProcessing"), said(403, "Idempotence.Processing"), said(400, "LastOrderProcessing"),
        said(409, "TaskConflict"), said(403, "Operation.Conflict"), said(403, "OperationDenied.CreatingConflict"),
        said(400, "SystemBusy"), said(400, "ServiceBusy"), said(409, "OperationBusy"), said(400, "QpsLimitExceeded"),
        said(403, "TooManyRequests"), said(400, "IncorrectVpcStatus"), said(400, "IncorrectStatus.VSwitch"),
        said(400, "Unknown", "The system is busy, please try it later."),
        said(400, "OperationFailed", "Your request is being processed. Please try again later.")}) {
    CAPTURE(failure.error.what);
    for (const auto repeatability : {Repeatability::read, Repeatability::write_with_token, Repeatability::write}) {
      CHECK(ecs::may_repeat(failure, {1, repeatability, true}));
      CHECK_FALSE(ecs::may_have_taken_effect(failure, {1, repeatability, true}));
    }
    CHECK(ecs::is_passing(failure));
  }
}

TEST_CASE("ecs: a refusal that no wait of seconds ends is not asked again, even if its message says try later") {
  for (const auto& failure :
       {said(403, "OperationDenied.NoStock", "Sales are temporarily suspended; please try again later."),
        said(403, "QuotaExceed.ElasticQuota", "The quota is used up. Try again later."),
        said(403, "Forbidden.RAM", "The user is busy, try again later."), said(403, "IncorrectInstanceStatus"),
        said(400, "InvalidParameter", "try again later"), said(404, "InvalidDisk.NotFound", "try again later"),
        said(400, "Account.Arrearage")}) {
    CAPTURE(failure.error.what);
    CHECK_FALSE(ecs::may_repeat(failure, {1, Repeatability::read, true}));
    CHECK_FALSE(ecs::is_passing(failure));
  }
}

TEST_CASE("ecs: trouble inside the cloud loses the answer whatever the status is") {
  for (const auto& failure : {said(400, "ServiceUnavailable"), said(400, "InternalError"), said(504, "")}) {
    CAPTURE(failure.error.what);
    CHECK(ecs::may_repeat(failure, {1, Repeatability::read, true}));
    CHECK_FALSE(ecs::may_repeat(failure, {1, Repeatability::write, true}));
    CHECK(ecs::may_have_taken_effect(failure, {1, Repeatability::write, true}));
    CHECK(ecs::may_have_taken_effect(failure, {1, Repeatability::write_with_token, true}));
    CHECK_FALSE(ecs::may_have_taken_effect(failure, {1, Repeatability::read, true}));
  }
}
