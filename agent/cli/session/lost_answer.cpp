#include "cli/session/lost_answer.h"

#include <algorithm>
#include <array>

#include "core/json.h"
#include "core/text.h"
#include "ecs/base/call.h"
#include "ecs/base/failure.h"
#include "http/percent.h"

namespace preemptd::cli {
namespace {

/// Where a person sees whether a change took effect. {Name} stands for a parameter that was sent.
struct Look {
  std::string_view action;
  std::string_view command;
};

constexpr std::array kLooks = std::to_array<Look>({
    {"CreateImage", "preemptctl image list --name '{ImageName}'"},
    {"CreateSnapshot", "preemptctl snapshot list --disk {DiskId}"},
    {"CreateVpc", "preemptctl vpc list"},
    {"CreateVSwitch", "preemptctl vswitch list --vpc-id {VpcId}"},
    {"CreateSecurityGroup", "preemptctl security-group list"},
    {"AuthorizeSecurityGroup", "preemptctl security-group rules {SecurityGroupId}"},
    {"RunCommand", "preemptctl api ecs DescribeInvocations"},
    {"InvokeCommand", "preemptctl api ecs DescribeInvocations --CommandId {CommandId}"},
    {"CreateSimulatedSystemEvents", "preemptctl api ecs DescribeInstancesFullStatus"},
    {"ModifyInstanceAutoRenewAttribute", "preemptctl instance auto-renew {InstanceId}"},
    {"ModifyInstanceAutoReleaseTime", "preemptctl instance auto-release {InstanceId}"},
    {"TagResources", "preemptctl tag list {ResourceId.1} --type {ResourceType}"},
    {"UntagResources", "preemptctl tag list {ResourceId.1} --type {ResourceType}"},
    {"ModifyDiskAttribute", "preemptctl disk list {DiskId}"},
    {"DeleteDisk", "preemptctl disk list {DiskId}"},
    {"DeleteSnapshot", "preemptctl snapshot list {SnapshotId}"},
    {"DeleteImage", "preemptctl image list {ImageId}"},
    {"DeleteSecurityGroup", "preemptctl security-group list {SecurityGroupId}"},
    {"DeleteVpc", "preemptctl vpc list {VpcId}"},
    {"DeleteVSwitch", "preemptctl vswitch list"},
});

std::string value_of(const ecs::Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : core::printable(found->second, 128);
}

std::string filled(std::string_view text, const ecs::Parameters& parameters) {
  std::string out;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const auto close = text.find('}');
    out += value_of(parameters, std::string(text.substr(1, close - 1)));
    text.remove_prefix(close + 1);
  }
  return out;
}

bool makes_instances(const std::string& action) {
  return action == "RunInstances" || action == "CreateInstance";
}

/// By tag or name, as far as the launch gave any.
std::string look_for_instances(const ecs::Parameters& parameters) {
  std::string command = "preemptctl instance list";
  if (const auto key = value_of(parameters, "Tag.1.Key"); !key.empty())
    return command + " --tag '" + key + "=" + value_of(parameters, "Tag.1.Value") + "'";
  if (const auto name = value_of(parameters, "InstanceName"); !name.empty()) return command + " --name '" + name + "*'";
  return command;
}

std::string look_for(const LostAnswer& lost) {
  if (makes_instances(lost.action)) return look_for_instances(lost.parameters);
  const auto known = std::find_if(kLooks.begin(), kLooks.end(), [&](const Look& l) { return l.action == lost.action; });
  if (known != kLooks.end()) return filled(known->command, lost.parameters);
  const auto id = value_of(lost.parameters, "InstanceId");
  return id.empty() ? std::string() : "preemptctl instance show " + id;
}

/// The parameters a request carries, in its URL or its body.
ecs::Parameters parameters_of(const http::Request& request) {
  ecs::Parameters found;
  const auto question = request.url.find('?');
  const std::string query = question == request.url.npos ? "" : request.url.substr(question + 1);
  for (const std::string_view text : {std::string_view(query), std::string_view(request.body)}) {
    for (const auto pair : core::split(text, '&')) {
      const auto equals = pair.find('=');
      if (equals == pair.npos) continue;
      const auto name = http::percent_decode(pair.substr(0, equals));
      const auto value = http::percent_decode(pair.substr(equals + 1));
      if (name && value) found[*name] = *value;
    }
  }
  return found;
}

std::string action_of(const http::Request& request, const ecs::Parameters& parameters) {
  const http::Reply headers{0, request.headers, {}};
  if (const auto action = headers.header("x-acs-action")) return std::string(*action);
  return value_of(parameters, "Action");
}

enum class Certainty { done, refused, lost, not_now };

/// Codes that say nothing about whether an earlier try of the same request took effect.
bool says_nothing_about_it(const ecs::ServerError& error) {
  return ecs::is_throttling(error) || error.code.find("Processing") != std::string::npos ||
         error.code.find("Conflict") != std::string::npos || error.code.find("Mismatch") != std::string::npos;
}

Certainty certainty_of(const core::Result<http::Reply>& reply, bool may_have_arrived) {
  if (!reply) return may_have_arrived ? Certainty::lost : Certainty::not_now;
  const bool good = reply->status >= 200 && reply->status <= 299;
  if (good && core::parse_json(reply->body)) return Certainty::done;
  const auto error = ecs::parse_server_error(*reply);
  if (ecs::is_answer_lost(ecs::failure_of(error, ""))) return Certainty::lost;
  return says_nothing_about_it(error) ? Certainty::not_now : Certainty::refused;
}

}  // namespace

std::string LostAnswer::client_token() const {
  return value_of(parameters, "ClientToken");
}

std::vector<std::string> advice_on(const LostAnswer& lost) {
  std::vector<std::string> advice{
      "the answer to " + core::printable(lost.action, 64) + " was lost: " +
      (makes_instances(lost.action) ? "the instance may exist, and cost money" : "it may have taken effect")};
  if (const auto look = look_for(lost); !look.empty()) advice.push_back("find out before anything else: " + look);
  if (const auto token = lost.client_token(); !token.empty() && lost.action != "RenewInstance")
    advice.push_back("to repeat it safely, give the same command --client-token " + token + ": it makes no second one");
  return advice;
}

core::Result<http::Reply> RememberingTransport::send(const http::Request& request, core::Deadline by) {
  auto reply = inner_.send(request, by);
  ecs::Call call{ecs::kEcs, "", parameters_of(request)};
  call.action = action_of(request, call.parameters);
  if (call.action.empty() || ecs::repeatability_of(call) == ecs::Repeatability::read) return reply;
  const auto certainty = certainty_of(reply, inner_.may_have_arrived());
  if (certainty == Certainty::lost) lost_ = LostAnswer{std::move(call.action), std::move(call.parameters)};
  if (certainty == Certainty::done || certainty == Certainty::refused) lost_.reset();
  return reply;
}

}  // namespace preemptd::cli
