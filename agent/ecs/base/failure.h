#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "http/transport.h"

namespace preemptd::ecs {

/// What the cloud said no with, untouched but for session tokens that a message about a signature quotes. Members it
/// did not send are empty.
struct ServerError {
  int http_status = 0;
  std::string code;  ///< "Throttling.User"; empty when the body was no error of the API (HTML, nothing)
  std::string message;
  std::string request_id;
  std::string host_id;
  std::string recommend;
  std::string denied_action;                ///< AccessDeniedDetail.AuthAction: the RAM action that is missing
  std::optional<core::Millis> retry_after;  ///< the server's own wish, from its headers
  std::optional<core::WallTime> date;       ///< Date header

  /// The code itself, or a code of its dotted family: is("Throttling") holds for "Throttling.User".
  bool is(std::string_view family) const;
};

/// Reads the error out of any answer that is one: JSON, XML, HTML or nothing. Never fails; what cannot be read as an
/// error of the API leaves the code empty and keeps the start of the body, made printable, as the message.
ServerError parse_server_error(const http::Reply& reply);

bool is_throttling(const ServerError& error);
/// The cloud turned the request away for now: it is busy, an earlier request is still being worked on, or a resource is
/// between two states. Nothing was done; the same request will do later.
bool is_busy(const ServerError& error);
/// The cloud failed while it worked on the request: whether that took effect is not known.
bool is_server_trouble(const ServerError& error);
/// The request's time is too far from the server's: the clock here is wrong.
bool is_clock_error(const ServerError& error);
/// The temporary key has run out: new ones may help.
bool is_expired_key(const ServerError& error);
/// The access key or token is wrong, or a permission is missing: a person must act.
bool is_denial(const ServerError& error);
/// A dry run that passed is reported as this error.
bool is_dry_run_success(const ServerError& error);
/// This very request had arrived before: on its way it was sent twice, and the answer to the first is lost.
bool is_replay(const ServerError& error);
/// The thing named does not exist (any more, or not yet); the key used is no such thing.
bool is_not_found(const ServerError& error);

/// No answer, or an answer that is no success. `server` is there exactly when the cloud said something.
struct Failure {
  core::Error error;
  std::optional<ServerError> server;
  /// A call that changes something may have taken effect: the answer to one of its tries was lost. Read the state
  /// before doing the same again.
  bool may_have_happened = false;
};

/// It may go away by itself: the same question is worth asking again later.
bool is_passing(const Failure& failure);

template <typename T>
using Result = tl::expected<T, Failure>;

/// The request may have arrived and nobody knows what became of it: no answer, a 5xx, no readable answer, or a request
/// that was sent twice on its way. Read the state before anything is repeated or reported as not done.
bool is_answer_lost(const Failure& failure);
/// A dry run that passed comes as this failure.
bool is_dry_run_passed(const Failure& failure);

[[nodiscard]] tl::unexpected<Failure> failed(core::ErrorCode fault, std::string what, std::string where = {});
[[nodiscard]] inline tl::unexpected<Failure> failed(core::Error error) {
  return tl::unexpected(Failure{std::move(error), std::nullopt, false});
}

/// The failure a server error makes: a fault by what can be done about it, and one sentence with code, message and
/// request id, naming the missing permission where that is the trouble. `action` is "ecs:DescribeInstances".
Failure failure_of(ServerError error, std::string_view action);

}  // namespace preemptd::ecs
