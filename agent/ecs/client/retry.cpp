#include "ecs/client/retry.h"

#include <algorithm>

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

bool is_lost(const Failure& failure) {
  if (failure.server) {
    const int status = failure.server->http_status;
    const bool unreadable = status < 300 && failure.server->code.empty();
    return is_server_trouble(*failure.server) || status == 408 || status == 425 || unreadable ||
           is_replay(*failure.server);
  }
  const ErrorCode fault = failure.error.code;
  return fault == ErrorCode::unreachable || fault == ErrorCode::timed_out || fault == ErrorCode::bad_reply;
}

}  // namespace

bool may_repeat(const Failure& failure, const FailedTry& tried) {
  if (failure.server) {
    if (is_throttling(*failure.server) || is_busy(*failure.server)) return true;
  }
  if (!is_lost(failure)) return false;
  return tried.repeatability != Repeatability::write || !may_have_taken_effect(failure, tried);
}

bool may_have_taken_effect(const Failure& failure, const FailedTry& tried) {
  if (tried.repeatability == Repeatability::read || !is_lost(failure)) return false;
  if (failure.server && is_throttling(*failure.server)) return false;
  return failure.server ? true : tried.may_have_arrived;
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
