#include "ecs/client/client.h"

#include <random>
#include <utility>

#include "core/text.h"
#include "core/utc.h"
#include "ecs/catalogue/catalogue.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

std::function<double()> default_random() {
  return [generator = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
}

/// Some answers carry Code "200" or "Success" beside their data; any other top-level code with a message is an error.
bool is_error_inside(const JsonValue& root) {
  const auto code = root.at("Code").text();
  return code && !code->empty() && *code != "200" && *code != "Success" && *code != "OK" && root.at("Message").text();
}

}  // namespace

tl::unexpected<Failure> failed(const Response& answer, const Call& call, core::ErrorCode fault, std::string what) {
  if (!answer.request_id.empty()) what += " (request " + core::printable(answer.request_id, 64) + ")";
  return failed(fault, std::move(what), ram_action(call));
}

struct Client::CallState {
  // The last try.
  bool sent = false;
  bool key_is_temporary = false;
  // Of any try so far.
  bool may_have_happened = false;
  // Second chances taken.
  bool clock = false;
  bool key = false;
  std::size_t endpoints = 0;
};

Client::Client(ClientOptions options, ClientDependencies surroundings)
    : options_(std::move(options)), around_(std::move(surroundings)) {
  if (!around_.random) around_.random = default_random();
  if (!around_.make_nonce) around_.make_nonce = random_hex;
}

bool Client::wait(core::Millis time) const {
  return around_.wait && around_.wait(time);
}

Result<Response> Client::call(const Call& given, core::Deadline by) {
  Call call = given;
  if (const auto token = call.parameters.find("ClientToken");
      token != call.parameters.end() && !options_.client_token.empty()) {
    token->second = std::exchange(options_.client_token, {});
  }
  if (!options_.dry_run || repeatability_of(call) == Repeatability::read) return call_with_retries(call, by);
  const auto action = catalogue::find_action(call.product, call.action);
  if (action && catalogue::find_parameter(*action, "DryRun") == nullptr) {
    return failed(ErrorCode::bad_input, "this action has no dry run; nothing was done", ram_action(call));
  }
  Call dry = call;
  dry.parameters["DryRun"] = "true";
  return call_with_retries(dry, by);
}

Result<Response> Client::call_with_retries(const Call& call, core::Deadline by) {
  CallState course;
  const auto repeatability = repeatability_of(call);
  for (int number = 1;; ++number) {
    auto outcome = try_once(call, by, course);
    if (outcome) return outcome;
    const FailedTry tried{number, repeatability, course.sent && around_.transport.may_have_arrived()};
    course.may_have_happened = course.may_have_happened || may_have_taken_effect(outcome.error(), tried);
    outcome.error().may_have_happened = course.may_have_happened;
    if (recover_once(call, outcome.error(), course)) continue;
    const auto pause = wait_after(outcome.error(), tried, options_.retries, around_.random());
    const auto left = by.left(around_.clock.boot_now());
    if (!pause || *pause >= left || !wait(*pause)) return outcome;
  }
}

bool Client::recover_once(const Call& call, const Failure& failure, CallState& course) {
  if (!course.sent) return false;
  if (!failure.server) {
    if (around_.transport.may_have_arrived() || ++course.endpoints >= endpoints_of(call).size()) return false;
    ++endpoint_index_;
    return true;
  }
  const auto& server = *failure.server;
  if (is_clock_error(server) && server.date && !std::exchange(course.clock, true)) {
    clock_ahead_ = *server.date - around_.clock.wall_now();
    return true;
  }
  const bool new_key_may_help = is_expired_key(server) || (course.key_is_temporary && server.is("InvalidAccessKeyId"));
  if (new_key_may_help && !std::exchange(course.key, true)) {
    around_.credentials.discard();
    return true;
  }
  return false;
}

std::vector<std::string> Client::endpoints_of(const Call& call) const {
  auto own = options_.endpoint_overrides.find(std::string(call.product.name));
  if (own == options_.endpoint_overrides.end()) own = options_.endpoint_overrides.find("");
  const std::string override_with = own == options_.endpoint_overrides.end() ? "" : own->second;
  return endpoints(call.product, options_.region, options_.network, override_with);
}

Result<Response> Client::try_once(const Call& call, core::Deadline by, CallState& course) {
  course.sent = false;
  auto credentials = around_.credentials.get(by);
  if (!credentials) return failed(std::move(credentials.error()));
  course.key_is_temporary = !credentials->security_token.empty();
  const Moment moment{around_.clock.wall_now() + clock_ahead_, around_.make_nonce()};
  const auto urls = endpoints_of(call);
  const auto request =
      signed_request(call, urls[endpoint_index_ % urls.size()], *credentials, moment, options_.signature);
  const auto limit = core::Deadline::after(around_.clock.boot_now(), options_.attempt_timeout).sooner_of(by);
  course.sent = true;
  auto reply = around_.transport.send(request, limit);
  if (!reply) {
    reply.error().where = ram_action(call) + " at " + reply.error().where;
    return failed(std::move(reply.error()));
  }
  return read(call, std::move(*reply));
}

Result<Response> Client::read(const Call& call, http::Reply reply) const {
  const auto refusal = [&] { return failure_of(parse_server_error(reply), ram_action(call)); };
  if (reply.status < 200 || reply.status > 299) return tl::unexpected(refusal());
  auto json = JsonDocument::parse(std::move(reply.body));
  if (!json) {
    auto failure = refusal();
    failure.error.what = json.error().what + ": " + failure.error.what;
    return tl::unexpected(std::move(failure));
  }
  if (is_error_inside(json->root())) {
    reply.body = json->text();
    return tl::unexpected(refusal());
  }
  const auto date = reply.header("Date");
  auto request_id = json->root().at("RequestId").text_or_empty();
  return Response{std::move(*json), std::move(request_id), date ? core::parse_http_date(*date) : std::nullopt};
}

}  // namespace preemptd::ecs
