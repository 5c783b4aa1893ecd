#include "ecs/client/retry.h"

#include <algorithm>
#include <array>

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

/// An earlier request is still being worked on, or a resource is between two states; the same request will do later.
bool is_transient_code(const ServerError& error) {
  static constexpr std::array<std::string_view, 9> kCodes{
      "OperationConflict",      "Operation.Conflict",   "LastTokenProcessing",
      "LastOrderProcessing",    "IdempotentProcessing", "Idempotence.Processing",
      "IncorrectVSwitchStatus", "IncorrectVpcStatus",   "OperationDenied.CreatingConflict"};
  return std::any_of(kCodes.begin(), kCodes.end(), [&](std::string_view code) { return error.is(code); });
}

bool may_have_taken_effect(const Failure& failure, const FailedTry& tried) {
  if (failure.server)
    return failure.server->http_status >= 500 || failure.server->code.empty() || is_replay(*failure.server);
  return tried.may_have_arrived;
}

bool is_lost(const Failure& failure) {
  if (failure.server) {
    const int status = failure.server->http_status;
    const bool unreadable = status < 300 && failure.server->code.empty();
    return status >= 500 || status == 408 || status == 425 || unreadable || is_replay(*failure.server);
  }
  const ErrorCode fault = failure.error.code;
  return fault == ErrorCode::unreachable || fault == ErrorCode::timed_out || fault == ErrorCode::bad_reply;
}

}  // namespace

bool may_repeat(const Failure& failure, const FailedTry& tried) {
  if (failure.server) {
    if (is_throttling(*failure.server) || is_transient_code(*failure.server)) return true;
  }
  if (!is_lost(failure)) return false;
  return tried.repeatability != Repeatability::write || !may_have_taken_effect(failure, tried);
}

std::optional<core::Millis> wait_after(const Failure& failure, const FailedTry& tried, const RetryPolicy& policy,
                                       double random) {
  if (tried.number >= policy.attempts || !may_repeat(failure, tried)) return std::nullopt;
  if (failure.server && failure.server->retry_after) return failure.server->retry_after;
  constexpr int kMostDoublings = 20;
  const auto ceiling = std::min(policy.longest, policy.base * (1 << std::min(tried.number - 1, kMostDoublings)));
  return core::Millis{static_cast<core::Millis::rep>(random * static_cast<double>(ceiling.count()))};
}

}  // namespace preemptd::ecs
