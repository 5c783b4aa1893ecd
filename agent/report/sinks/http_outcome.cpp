#include "report/sinks/http_outcome.h"

#include <charconv>

#include "core/text.h"

namespace preemptd::report {
namespace {

constexpr std::size_t kBodyShown = 160;

/// Retry-After in seconds. The date form is not read: our clock may be the one that is wrong.
std::optional<core::Millis> retry_after(const http::Reply& reply) {
  const auto value = core::trim(reply.header("Retry-After").value_or(""));
  int seconds = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (value.empty() || read.ec != std::errc{} || read.ptr != value.data() + value.size() || seconds < 0)
    return std::nullopt;
  return core::Seconds(seconds);
}

std::string with_advice(const http::Reply& reply, const Redactor& own) {
  const int status = reply.status;
  std::string text = "HTTP " + std::to_string(status);
  if (status >= 300 && status < 400) text += ": redirects are not followed, configure the final address";
  if (status == 401 || status == 403) text += ": the receiver does not accept our credentials or signature";
  if (status == 404) text += ": nothing at this address";
  const std::string said = core::printable(core::trim(own.redact(reply.body)), kBodyShown);
  if (status >= 300 && !said.empty()) text += "; it says: " + said;
  return text;
}

}  // namespace

DeliveryOutcome outcome_of(const core::Result<http::Reply>& reply, const Redactor& own) {
  if (!reply) return DeliveryOutcome::retry(reply.error().what);
  const int status = reply->status;
  const std::string text = with_advice(*reply, own);
  if (status >= 200 && status < 300) return DeliveryOutcome::delivered(text);
  if (status == 410) return DeliveryOutcome::gone(text);
  if (status == 400 || status == 413 || status == 415 || status == 422) return DeliveryOutcome::permanent(text);
  return DeliveryOutcome::retry(text, retry_after(*reply));
}

}  // namespace preemptd::report
