#include "ecs/base/failure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;
using core::Millis;

constexpr std::size_t kBodyShown = 300;
constexpr Millis kShortestHint{100};
constexpr Millis kLongestHint{120'000};

/// Gateways spell the members in lower case too.
std::string text_at(const core::Json& json, std::string_view name) {
  if (auto text = core::string_at(json, name)) return *text;
  std::string lower(name);
  lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
  return core::string_at(json, lower).value_or("");
}

bool read_json(ServerError& error, std::string_view body) {
  const auto json = core::parse_json_answer(body);
  if (!json || !json->is_object()) return false;
  error.code = text_at(*json, "Code");
  error.message = text_at(*json, "Message");
  error.request_id = text_at(*json, "RequestId");
  error.host_id = text_at(*json, "HostId");
  error.recommend = text_at(*json, "Recommend");
  error.denied_action = core::string_at(core::member_at(*json, "AccessDeniedDetail"), "AuthAction").value_or("");
  return !error.code.empty();
}

std::string element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const auto from = xml.find(open);
  if (from == xml.npos) return {};
  const auto to = xml.find(close, from + open.size());
  if (to == xml.npos) return {};
  return std::string(xml.substr(from + open.size(), to - from - open.size()));
}

bool read_xml(ServerError& error, std::string_view body) {
  if (body.find("<Error>") == body.npos) return false;
  error.code = element(body, "Code");
  error.message = element(body, "Message");
  error.request_id = element(body, "RequestId");
  error.host_id = element(body, "HostId");
  error.recommend = element(body, "Recommend");
  return !error.code.empty();
}

std::optional<long> whole_number(std::string_view text) {
  long value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// "…,TimeLeft:1500" of older gateways.
std::optional<long> time_left(std::string_view text) {
  constexpr std::string_view kName = "TimeLeft:";
  const auto at = text.find(kName);
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at + kName.size());
  return whole_number(text.substr(0, text.find(',')));
}

std::optional<Millis> retry_hint(const http::Reply& reply) {
  std::optional<long> millis;
  if (const auto value = reply.header("x-acs-retry-after")) millis = whole_number(core::trim(*value));
  for (const char* name : {"x-ratelimit-user-api", "x-ratelimit-user"}) {
    if (const auto value = reply.header(name); value && !millis) millis = time_left(*value);
  }
  if (const auto value = reply.header("Retry-After"); value && !millis) {
    if (const auto seconds = whole_number(core::trim(*value))) millis = std::min(*seconds, 3600L) * 1000;
  }
  if (!millis) return std::nullopt;
  return std::clamp(Millis{*millis}, kShortestHint, kLongestHint);
}

template <std::size_t Count>
bool is_any(const ServerError& error, const std::array<std::string_view, Count>& families) {
  return std::any_of(families.begin(), families.end(), [&](std::string_view family) { return error.is(family); });
}

/// `lower` holds one of the parts, which are in lower case.
template <std::size_t Count>
bool contains_any(const std::string& lower, const std::array<std::string_view, Count>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](auto part) { return lower.find(part) != lower.npos; });
}

/// Refusals whose message may ask to come back later, and that no wait of seconds ends.
bool is_lasting(const ServerError& error) {
  static constexpr std::array<std::string_view, 9> kParts{
      "nostock", "notonsale", "quota", "limitexceed", "arrearage", "notenough", "notsupport", "invalid", "forbidden"};
  return contains_any(core::to_lower(error.code), kParts);
}

bool says_try_later(const std::string& message) {
  static constexpr std::array<std::string_view, 7> kParts{"try again later", "try later",       "try it later",
                                                          "retry later",     "try again in a ", "try it again later",
                                                          "being processed"};
  if (contains_any(message, kParts)) return true;
  const auto busy = message.find("busy");
  return busy != message.npos && (message.find("try") != message.npos || message.find("later") != message.npos ||
                                  message.find("system") != message.npos || message.find("service") != message.npos);
}

/// An error about a signature quotes what was signed, the session's token with it.
void hide_tokens(std::string& message) {
  constexpr std::pair<std::string_view, std::string_view> kTokens[] = {{"x-acs-security-token:", "\n"},
                                                                       {"SecurityToken%3D", "%26"}};
  for (const auto& [before, after] : kTokens) {
    for (auto at = message.find(before); at != message.npos; at = message.find(before, at)) {
      at += before.size();
      const auto end = std::min(message.find(after, at), message.size());
      message.replace(at, end - at, "[hidden]");
    }
  }
}

/// The sentence needs no more of it than that.
std::string_view without_string_to_sign(std::string_view message) {
  return core::trim(message.substr(0, message.find("server string to sign is:")));
}

ErrorCode fault_of(const ServerError& error) {
  if (is_throttling(error)) return ErrorCode::throttled;
  if (is_denial(error)) return ErrorCode::denied;
  if (error.http_status >= 500 || is_replay(error) || is_busy(error) || is_server_trouble(error))
    return ErrorCode::unreachable;
  return error.code.empty() ? ErrorCode::bad_reply : ErrorCode::refused;
}

std::string advice_for(const ServerError& error, std::string_view action) {
  if (is_replay(error)) return "; an answer was lost, and whether the request took effect is not known";
  if (is_clock_error(error)) return "; this machine's clock differs too much from the cloud's";
  if (error.is("Forbidden") || error.is("NoPermission")) {
    return "; allow " + (error.denied_action.empty() ? std::string(action) : error.denied_action) +
           " to this key in RAM";
  }
  if (error.is("InvalidAccessKeyId")) return "; check the access key";
  if (error.is("SignatureDoesNotMatch")) return "; check the access key secret";
  return {};
}

}  // namespace

bool ServerError::is(std::string_view family) const {
  return code.size() >= family.size() && std::string_view(code).substr(0, family.size()) == family &&
         (code.size() == family.size() || code[family.size()] == '.');
}

ServerError parse_server_error(const http::Reply& reply) {
  ServerError error;
  error.http_status = reply.status;
  if (const auto date = reply.header("Date")) error.date = core::parse_http_date(*date);
  error.retry_after = retry_hint(reply);
  if (!read_json(error, reply.body) && !read_xml(error, reply.body)) {
    error.code.clear();
    error.message = reply.body.empty() ? "an empty answer" : core::printable(core::trim(reply.body), kBodyShown);
  }
  hide_tokens(error.message);
  if (const auto id = reply.header("x-acs-request-id"); id && error.request_id.empty()) error.request_id = *id;
  return error;
}

bool is_throttling(const ServerError& error) {
  static constexpr std::array<std::string_view, 7> kCodes{"throttl",     "qpslimit",  "qpsexceed",      "ratelimit",
                                                          "flowcontrol", "flowlimit", "toomanyrequests"};
  static constexpr std::array<std::string_view, 2> kMessages{"flow control", "too many requests"};
  return error.http_status == 429 || contains_any(core::to_lower(error.code), kCodes) ||
         contains_any(core::to_lower(error.message), kMessages);
}

bool is_busy(const ServerError& error) {
  static constexpr std::array<std::string_view, 6> kConflicts{"OperationConflict",  "Operation.Conflict",
                                                              "TaskConflict",       "OperationDenied.CreatingConflict",
                                                              "ConcurrentConflict", "IncorrectStatus"};
  static constexpr std::array<std::string_view, 2> kStates{"IncorrectVSwitchStatus", "IncorrectVpcStatus"};
  if (error.code.empty() || error.http_status >= 500 || is_denial(error)) return false;
  if (is_any(error, kConflicts) || is_any(error, kStates)) return true;
  const auto code = core::to_lower(error.code);
  if (code.ends_with("processing") || code.find("busy") != code.npos || code.ends_with(".taskconflict")) return true;
  return !is_lasting(error) && !is_not_found(error) && says_try_later(core::to_lower(error.message));
}

bool is_server_trouble(const ServerError& error) {
  static constexpr std::array<std::string_view, 4> kCodes{"InternalError", "ServiceUnavailable", "UnknownError",
                                                          "RequestTimeout"};
  return error.http_status >= 500 || is_any(error, kCodes);
}

bool is_passing(const Failure& failure) {
  switch (failure.error.code) {
    case ErrorCode::unreachable:
    case ErrorCode::timed_out:
    case ErrorCode::throttled:
    case ErrorCode::bad_reply: return true;
    case ErrorCode::untrusted:
    case ErrorCode::denied:
    case ErrorCode::refused:
    case ErrorCode::bad_input:
    case ErrorCode::local:
    case ErrorCode::cancelled: return false;
  }
  return false;
}

bool is_clock_error(const ServerError& error) {
  static constexpr std::array<std::string_view, 2> kCodes{"InvalidTimeStamp", "IllegalTimestamp"};
  return is_any(error, kCodes);
}

bool is_expired_key(const ServerError& error) {
  return error.is("InvalidSecurityToken.Expired");
}

bool is_denial(const ServerError& error) {
  static constexpr std::array<std::string_view, 8> kCodes{"Forbidden",
                                                          "NoPermission",
                                                          "InvalidAccessKeyId",
                                                          "InvalidSecurityToken",
                                                          "SignatureDoesNotMatch",
                                                          "IncompleteSignature",
                                                          "MissingAccessKeyId",
                                                          "AuthenticationFail"};
  return error.http_status == 401 || is_any(error, kCodes);
}

bool is_dry_run_success(const ServerError& error) {
  return error.is("DryRunOperation") || core::equal_ignoring_case(error.code, "DRYRUN.SUCCESS");
}

bool is_replay(const ServerError& error) {
  return error.is("SignatureNonceUsed");
}

bool is_not_found(const ServerError& error) {
  if (is_denial(error)) return false;
  return error.code.ends_with(".NotFound") || error.is("NoSuchResource") || error.is("EntityNotExist");
}

bool is_answer_lost(const Failure& failure) {
  if (failure.server) {
    const auto& server = *failure.server;
    return !is_dry_run_success(server) && (server.http_status >= 500 || server.code.empty() || is_replay(server));
  }
  const auto code = failure.error.code;
  return code == ErrorCode::unreachable || code == ErrorCode::timed_out || code == ErrorCode::bad_reply;
}

bool is_dry_run_passed(const Failure& failure) {
  return failure.server && is_dry_run_success(*failure.server);
}

tl::unexpected<Failure> failed(core::ErrorCode fault, std::string what, std::string where) {
  return failed(core::Error{fault, std::move(what), std::move(where)});
}

Failure failure_of(ServerError error, std::string_view action) {
  std::string what = error.code.empty() ? "status " + std::to_string(error.http_status) : error.code;
  what += ": " + core::printable(without_string_to_sign(error.message), 1024) + advice_for(error, action);
  if (!error.request_id.empty()) what += " (request " + core::printable(error.request_id, 64) + ")";
  return {core::Error{fault_of(error), std::move(what), std::string(action)}, std::move(error), false};
}

}  // namespace preemptd::ecs
