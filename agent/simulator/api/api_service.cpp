#include "simulator/api/api_service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "simulator/api/actions.h"
#include "simulator/api/api_reply.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

constexpr std::size_t kMostTokens = 20'000;
constexpr std::chrono::hours kTokenLife{24};

ActionResult<const Action*> action_of(const HttpRequest& request, const ParsedRequest& presented) {
  if (request.method != "GET" && request.method != "POST") {
    return deny(403, "UnsupportedHTTPMethod", "This http method is not supported.");
  }
  if (presented.action.empty()) return missing_parameter("Action");
  if (presented.version.empty()) return missing_parameter("Version");
  if (product_of(presented.version).empty()) {
    return deny(400, "InvalidVersion", "Specified parameter Version is not valid.");
  }
  const Action* action = find_action(presented.action, presented.version);
  if (action == nullptr || request.path() != "/") {
    return deny(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.");
  }
  return action;
}

ActionResult<void> check_permission(const World& world, const ActionCall& call) {
  if (call.caller == nullptr || !world.knobs.denied.contains(call.action)) return {};
  const std::string product(product_of(call.version));
  if (product == "sts")
    return deny(403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM.");
  ApiError error{403, "Forbidden.RAM",
                 "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
                 product + ":" + call.action, 0};
  return tl::unexpected(std::move(error));
}

/// What every action is asked: the parameters it cannot do without, and a region that exists.
ActionResult<void> check_common(const Action& action, const ActionCall& call) {
  ParameterReader read(call);
  for (const auto name : core::split(action.required, ' ')) {
    const std::string wanted(name);
    if (!wanted.empty() && !read.has(wanted) && read.indices(wanted).empty()) return missing_parameter(wanted);
  }
  const std::string region = read.text("RegionId");
  if (!region.empty() && find_region(region) == nullptr) {
    return deny(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.");
  }
  return {};
}

}  // namespace

struct ApiService::Remembered {
  Parameters parameters;
  core::Json body;
  core::WallTime at;
};

ApiService::ApiService(World& world) : world_(world), gate_(world.keys) {}
ApiService::~ApiService() = default;

HttpReply ApiService::answer(const HttpRequest& request, Moment moment) {
  const ParsedRequest presented = present(request);
  auto body = run(request, presented, moment);
  if (!body) return refusal(request, body.error());
  (*body)["RequestId"] = world_.new_request_id();
  return success_reply(presented.action, *body, presented.format);
}

HttpReply ApiService::refusal(const HttpRequest& request, const ApiError& error) {
  return error_reply(error, world_.new_request_id(), request.header("host").value_or(""), present(request).format);
}

void ApiService::reset() {
  recent_.clear();
  tokens_.clear();
}

ActionResult<core::Json> ApiService::run(const HttpRequest& request, const ParsedRequest& presented, Moment moment) {
  const auto action = action_of(request, presented);
  if (!action) return tl::unexpected(action.error());
  ActionCall call{presented.action, presented.version, own_parameters(presented), presented.format, nullptr, moment};
  const bool open = (*action)->traits & Trait::anonymous;
  if (!open || presented.scheme != Scheme::unsigned_call) {
    const auto key = gate_.admit(request, presented, moment);
    if (!key) return tl::unexpected(key.error());
    call.caller = *key;
  }
  if (auto within = check_quota(call.action, moment.now); !within) return tl::unexpected(within.error());
  if (auto allowed = check_permission(world_, call); !allowed) return tl::unexpected(allowed.error());
  if (auto complete = check_common(**action, call); !complete) return tl::unexpected(complete.error());
  return run_once(**action, call);
}

/// With a ClientToken the same request gives the same answer for a day, and is carried out once.
ActionResult<core::Json> ApiService::run_once(const Action& action, const ActionCall& call) {
  const auto given = call.parameters.find("ClientToken");
  const bool token = action.traits & Trait::client_token;
  if (!token || given == call.parameters.end() || given->second.empty()) return action.handler(world_, call);
  const auto foreign = [](char c) { return static_cast<unsigned char>(c) > 0x7e; };
  if (given->second.size() > 64 || std::any_of(given->second.begin(), given->second.end(), foreign))
    return invalid_parameter("ClientToken");

  const std::string key = call.action + "/" + given->second;
  const auto known = tokens_.find(key);
  if (known != tokens_.end() && call.moment.now - known->second.at < kTokenLife) {
    if (known->second.parameters == call.parameters) return known->second.body;
    return deny(400, "IdempotentParameterMismatch",
                "The request uses the same client token as a previous, but non-identical request.");
  }
  auto body = action.handler(world_, call);
  if (body) {
    if (tokens_.size() >= kMostTokens) tokens_.erase(tokens_.begin());
    tokens_.insert_or_assign(key, Remembered{call.parameters, *body, call.moment.now});
  }
  return body;
}

ActionResult<void> ApiService::check_quota(const std::string& action, core::WallTime now) {
  const auto quota = world_.knobs.quotas.find(action);
  if (quota == world_.knobs.quotas.end()) return {};
  auto& calls = recent_[action];
  std::erase_if(calls, [&](core::WallTime at) { return now - at >= quota->second.window; });
  if (static_cast<int>(calls.size()) < quota->second.calls) {
    calls.push_back(now);
    return {};
  }
  const auto wait = calls.empty() ? quota->second.window : quota->second.window - (now - calls.front());
  ApiError error{400, "Throttling.User", "Request was denied due to user flow control.", "",
                 std::max(1, static_cast<int>(wait.count()))};
  return tl::unexpected(std::move(error));
}

}  // namespace preemptd::simulator
