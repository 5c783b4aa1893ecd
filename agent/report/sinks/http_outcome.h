#pragma once
#include "core/result.h"
#include "http/transport.h"
#include "report/sink.h"
#include "report/sinks/redactor.h"

namespace preemptd::report {

/// Largest answer a receiver may give; we need its status, and chat robots' error codes.
inline constexpr std::size_t kAnswerLimit = 256 * 1024;

/// What an answer to a POST means to the sender, by its status alone:
///   2xx delivered · 410 gone · 400, 413, 415, 422 permanent (this event is not wanted like this) ·
///   408, 425, 429, 5xx retry, not before Retry-After · 3xx, 401, 403, 404 and all others retry (the address or the
///   permission is wrong, which a person can fix) · no answer: retry, also when the request could not be made.
/// A refusal is quoted in the detail, without the secrets of the request.
DeliveryOutcome outcome_of(const core::Result<http::Reply>& reply, const Redactor& own = {});

}  // namespace preemptd::report
