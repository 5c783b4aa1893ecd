#include "simulator/admin/dispatcher.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"

namespace preemptd::simulator {
namespace {

constexpr std::size_t kHugeBody = 16 * 1024 * 1024;
constexpr int kThrottleWait = 1500;
constexpr std::string_view kGarbage = "\x00\xff\xfe{\"<<not an answer>>\x01\x80 %%%\n";

int whole(const Fault& fault, int otherwise) {
  return fault.number ? static_cast<int>(*fault.number) : otherwise;
}

std::size_t bytes(const Fault& fault, std::size_t otherwise) {
  return fault.number ? static_cast<std::size_t>(*fault.number) : otherwise;
}

HttpReply html(int status) {
  const std::string title = std::to_string(status) + " " + std::string(reason_phrase(status));
  return {status, {{"Content-Type", "text/html"}}, "<html><body><h1>" + title + "</h1></body></html>\n"};
}

/// What the API says with a status a fault asked for. Gateways answer 502 and 504 themselves, in HTML.
ApiError error_of_status(int status) {
  if (status == 503)
    return {503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", "", 0};
  if (status >= 500)
    return {status, "InternalError", "The request processing has failed due to some unknown error.", "", 0};
  if (status == 403)
    return {403, "Forbidden.RAM",
            "User not authorized to operate on the specified resource, or this API doesn't support RAM.", "", 0};
  if (status == 429) return {429, "Throttling", "Request was denied due to request throttling.", "", 0};
  return {status, "InvalidParameter", "The request was refused.", "", 0};
}

/// The API's error code in a JSON or XML answer; empty where it has none.
std::string error_code(const std::string& body) {
  if (body.starts_with("{")) {
    const auto json = core::parse_json(body);
    return json ? core::string_at(*json, "Code").value_or("") : "";
  }
  constexpr std::string_view kOpens = "<Code>", kCloses = "</Code>";
  const auto opens = body.find(kOpens);
  const auto closes = opens == body.npos ? opens : body.find(kCloses, opens);
  if (closes == body.npos) return {};
  return body.substr(opens + kOpens.size(), closes - opens - kOpens.size());
}

using Refuse = std::function<HttpReply(const ApiError&)>;

HttpReply status_reply(Target target, int status, const Refuse& refuse) {
  if (target == Target::metadata || status == 502 || status == 504 || status < 400) return html(status);
  return refuse(error_of_status(status));
}

HttpReply throttle_reply(Target target, const Fault& fault, const Refuse& refuse) {
  if (target == Target::metadata) return html(429);
  const std::string code = fault.text.empty() ? "Throttling.User" : fault.text;
  return refuse({400, code, "Request was denied due to user flow control.", "", whole(fault, kThrottleWait)});
}

/// The reply of a fault that answers in the service's place. Nothing: the service answers, and its answer is spoilt.
std::optional<HttpReply> stand_in(const Fault& fault, const Refuse& refuse) {
  switch (fault.kind) {
    case FaultKind::status: return status_reply(fault.target, whole(fault, 500), refuse);
    case FaultKind::throttle: return throttle_reply(fault.target, fault, refuse);
    case FaultKind::garbage:
      return HttpReply{
          200, {{"Content-Type", "application/octet-stream"}}, fault.text.empty() ? std::string(kGarbage) : fault.text};
    case FaultKind::huge:
      return HttpReply{200, {{"Content-Type", "text/plain"}}, std::string(bytes(fault, kHugeBody), 'x')};
    case FaultKind::redirect:
      return HttpReply{302, {{"Location", fault.text.empty() ? "/redirected" : fault.text}}, ""};
    case FaultKind::empty: return HttpReply{200, {}, ""};
    case FaultKind::slow:
    case FaultKind::hang:
    case FaultKind::truncate:
    case FaultKind::reset:
    case FaultKind::clock:
    case FaultKind::drip: return std::nullopt;
  }
  return std::nullopt;
}

void spoil(Delivery& delivery, const Fault& fault, const CloudClock& clock) {
  constexpr int kSlowness = 2000, kDripPace = 100;
  switch (fault.kind) {
    case FaultKind::slow: delivery.delay = core::Millis(whole(fault, kSlowness)); break;
    case FaultKind::drip:
      delivery.ending = ReplyMode::drip;
      delivery.pace = core::Millis(whole(fault, kDripPace));
      break;
    case FaultKind::truncate:
      delivery.ending = ReplyMode::cut;
      delivery.cut_at = std::min(bytes(fault, delivery.reply.body.size() / 2), delivery.reply.body.size());
      break;
    case FaultKind::reset: delivery.ending = ReplyMode::reset; break;
    case FaultKind::hang:
      delivery.ending = ReplyMode::hang;
      delivery.held = [lifted = fault.lifted, until = fault.until, &clock] {
        return !*lifted && (!until || clock.now() < *until);
      };
      break;
    case FaultKind::status:
    case FaultKind::garbage:
    case FaultKind::huge:
    case FaultKind::redirect:
    case FaultKind::empty:
    case FaultKind::throttle:
    case FaultKind::clock: break;
  }
}

}  // namespace

void Dispatcher::reset() {
  world_.reset(clock_.now());
  api_.reset();
  log_.clear();
}

Delivery Dispatcher::metadata(const HttpRequest& request) {
  LoggedRequest entry;
  entry.path = core::printable(request.target, 512);
  entry.token = request.header("X-aliyun-ecs-metadata-token").has_value();
  return deliver(Target::metadata, request, std::move(entry));
}

Delivery Dispatcher::api(const HttpRequest& request) {
  const ParsedRequest presented = present(request);
  LoggedRequest entry;
  entry.path = core::printable(request.path(), 512);
  entry.action = core::printable(presented.action, 128);
  entry.parameters = showable(own_parameters(presented));
  return deliver(Target::api, request, std::move(entry));
}

Delivery Dispatcher::deliver(Target target, const HttpRequest& request, LoggedRequest entry) {
  const Moment moment{clock_.now(), world_.faults.clock_error(target, clock_.now())};
  world_.advance(moment.now);
  const auto fault = world_.faults.strike(target, target == Target::api ? entry.action : entry.path, moment.now);
  std::optional<HttpReply> instead;
  if (fault) instead = stand_in(*fault, [&](const ApiError& error) { return api_.refusal(request, error); });

  Delivery delivery;
  if (instead) delivery.reply = std::move(*instead);
  if (!instead)
    delivery.reply = target == Target::api ? api_.answer(request, moment) : metadata_.answer(request, moment);
  delivery.reply.headers.push_back({"Date", http_date(moment.shown_now())});
  if (fault) spoil(delivery, *fault, clock_);

  entry.at = moment.now;
  entry.target = name_of(target);
  entry.method = core::printable(request.method, 16);
  entry.connection = request.connection;
  entry.status = delivery.ending == ReplyMode::hang || delivery.ending == ReplyMode::reset ? 0 : delivery.reply.status;
  if (fault) entry.fault = name_of(fault->kind);
  if (target == Target::api && delivery.reply.status >= 400) entry.code = error_code(delivery.reply.body);
  log_.add(std::move(entry));
  return delivery;
}

}  // namespace preemptd::simulator
