#include "metadata/session.h"

#include <algorithm>

#include "core/text.h"

namespace preemptd::metadata {
namespace {

using core::ErrorCode;

constexpr core::Seconds kTokenLife{21600};  // the longest the service grants
constexpr auto kRenewAfter = kTokenLife * 4 / 5;
constexpr std::size_t kLongestToken = 4096;

tl::unexpected<Failure> fail(Trouble trouble, ErrorCode fault, std::string what, const http::Request& request) {
  return tl::unexpected(Failure{trouble, {fault, std::move(what), request.method + " " + request.url}});
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool worth_repeating(const core::Error& error) {
  return error.code == ErrorCode::unreachable || error.code == ErrorCode::timed_out ||
         error.code == ErrorCode::bad_reply;
}

}  // namespace

std::string_view name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::disabled: return "disabled";
    case Trouble::token_required: return "token_required";
    case Trouble::token_unusable: return "token_unusable";
    case Trouble::no_answer: return "no_answer";
    case Trouble::throttled: return "throttled";
    case Trouble::server_error: return "server_error";
    case Trouble::odd_answer: return "odd_answer";
  }
  return "odd_answer";
}

Session::Session(http::HttpTransport& transport, const core::Clock& clock, Options options)
    : transport_(transport), clock_(clock), options_(std::move(options)) {
  while (options_.base_url.ends_with('/'))
    options_.base_url.pop_back();  // "//latest" is 404, which would read as "no notice"
  token_request_.method = "PUT";
  token_request_.url = options_.base_url + "/latest/api/token";
  token_request_.headers = {{"X-aliyun-ecs-metadata-token-ttl-seconds", std::to_string(kTokenLife.count())}};
}

Result<http::Reply> Session::get(std::string_view path, core::Deadline by) {
  by_ = by;
  request_.url.assign(options_.base_url).append("/latest/").append(path);
  auto reply = get_once();
  if (!reply || reply->status != 401) return reply;
  forget_token();
  reply = get_once();
  if (!reply || reply->status != 401) return reply;
  forget_token();
  return fail(Trouble::token_unusable, ErrorCode::denied, "the metadata service refuses a token it has just given",
              request_);
}

Result<http::Reply> Session::get_once() {
  if (auto ready = ensure_token(); !ready && !old_token_serves(ready.error())) {
    if (options_.plain != PlainMode::whenever_no_token) return tl::unexpected(ready.error());
    request_.headers.clear();  // this round only: the token is asked for again next time
    has_token_ = false;
  }
  auto reply = exchange(request_);
  if (!reply || reply->status != 403) return reply;
  forget_token();
  if (has_token_ && options_.plain == PlainMode::whenever_no_token) return get_without_token();
  if (has_token_) return fail(Trouble::odd_answer, ErrorCode::refused, "forbidden although a token was sent", request_);
  return fail(Trouble::token_required, ErrorCode::denied, "the metadata service wants a token and gives none",
              request_);
}

std::optional<Result<http::Reply>> Session::again_without_token() {
  if (!has_token_ || options_.plain != PlainMode::whenever_no_token) return std::nullopt;
  forget_token();
  return get_without_token();
}

/// Renewing well before the end is there for this: a service that gives no new token while the old one is still good.
bool Session::old_token_serves(const Failure& failure) const {
  return has_token_ && clock_.boot_now() < token_ends_at_ && failure.trouble != Trouble::disabled;
}

void Session::forget_token() {
  knows_mode_ = false;
  token_ends_at_ = {};
}

Result<http::Reply> Session::get_without_token() {
  request_.headers.clear();
  has_token_ = false;
  auto reply = exchange(request_);
  if (!reply || reply->status != 403) return reply;
  return fail(Trouble::token_required, ErrorCode::denied,
              "the metadata service wants a token and refuses the one it gave", request_);
}

Result<void> Session::ensure_token() {
  if (knows_mode_ && clock_.boot_now() < renew_at_) return {};
  auto reply = exchange(token_request_);
  if (!reply) return tl::unexpected(reply.error());
  if ((reply->status == 404 || reply->status == 405) && options_.plain != PlainMode::never) {
    remember_token(std::nullopt);
    return {};
  }
  if (reply->status == 403) {
    return fail(
        Trouble::disabled, ErrorCode::denied,
        "the metadata service is switched off on this instance (HttpEndpoint=disabled), or a proxy is in between",
        token_request_);
  }
  const std::string_view token = core::trim(reply->body);
  if (reply->status != 200 || !is_token(token)) {
    return fail(Trouble::odd_answer, ErrorCode::bad_reply, "no token came, but status " + std::to_string(reply->status),
                token_request_);
  }
  remember_token(std::string(token));
  return {};
}

void Session::remember_token(std::optional<std::string> token) {
  request_.headers.clear();
  if (token) request_.headers.push_back({"X-aliyun-ecs-metadata-token", std::move(*token)});
  has_token_ = token.has_value();
  knows_mode_ = true;
  renew_at_ = clock_.boot_now() + kRenewAfter;
  token_ends_at_ = clock_.boot_now() + kTokenLife;
}

Result<http::Reply> Session::exchange(const http::Request& request) {
  const auto limit = [&] { return core::Deadline::after(clock_.boot_now(), options_.timeout).sooner_of(by_); };
  auto reply = transport_.send(request, limit());
  // The connection of a failed exchange is gone, so the repeat has a fresh one.
  if (!reply && options_.tries > 1 && worth_repeating(reply.error())) reply = transport_.send(request, limit());
  if (!reply) {
    const auto trouble = reply.error().code == ErrorCode::bad_reply ? Trouble::odd_answer : Trouble::no_answer;
    return tl::unexpected(Failure{trouble, std::move(reply.error())});
  }
  if (reply->status == 429) return fail(Trouble::throttled, ErrorCode::throttled, "asked too often", request);
  if (reply->status >= 500) {
    return fail(Trouble::server_error, ErrorCode::bad_reply, "status " + std::to_string(reply->status), request);
  }
  return std::move(*reply);
}

}  // namespace preemptd::metadata
