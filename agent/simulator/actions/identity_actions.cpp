#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/api/handlers.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr const char* kRoleId = "300000000000000001";
constexpr const char* kUserId = "200000000000000001";

/// "acs:ram::<account>:role/<name>" -> name. Empty: not such a name.
std::string role_of(const std::string& arn) {
  const auto parts = core::split(arn, ':');
  if (parts.size() != 5 || parts[0] != "acs" || parts[1] != "ram" || parts[3].empty() || !parts[4].starts_with("role/"))
    return "";
  return std::string(parts[4].substr(5));
}

bool valid_session(const std::string& name) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view(".@-_").find(c) != std::string_view::npos;
  };
  return name.size() >= 2 && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

/// What AssumeRole and AssumeRoleWithOIDC have in common: checks, and a fresh set of credentials.
ActionResult<Json> assume(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const std::string role = role_of(read.text("RoleArn")), session = read.text("RoleSessionName");
  if (role.empty()) return deny(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.");
  if (!valid_session(session))
    return deny(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.");
  const auto seconds = read.integer("DurationSeconds", 3600, INT64_MIN, INT64_MAX);
  if (seconds < 900 || seconds > 43200) {
    return deny(400, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/12hr.");
  }
  if (read.text("Policy").size() > 2048)
    return deny(400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.");
  if (read.error()) return tl::unexpected(*read.error());
  const AccessKey& key = world.keys.issue(role + ":" + session, call.moment.now, core::Seconds(seconds));
  const std::string account(core::split(read.text("RoleArn"), ':')[3]);
  return Json{{"Credentials",
               {{"AccessKeyId", key.id},
                {"AccessKeySecret", key.secret.reveal()},
                {"SecurityToken", key.token.reveal()},
                {"Expiration", core::format_utc(call.moment.shown(*key.expires))}}},
              {"AssumedRoleUser",
               {{"Arn", "acs:ram::" + account + ":assumed-role/" + role + "/" + session},
                {"AssumedRoleId", std::string(kRoleId) + ":" + session}}}};
}

}  // namespace

ActionResult<Json> get_caller_identity(World&, const ActionCall& call) {
  const std::string account(kAccountId), arn = "acs:ram::" + account + ":";
  const std::string& name = call.caller->name;
  if (call.caller->principal != Principal::assumed_role) {
    return Json{{"AccountId", account},
                {"IdentityType", "RAMUser"},
                {"Arn", arn + "user/" + name},
                {"UserId", kUserId},
                {"PrincipalId", kUserId}};
  }
  const std::string role = name.substr(0, name.find(':')), session = name.substr(name.find(':') + 1);
  return Json{{"AccountId", account},
              {"IdentityType", "AssumedRoleUser"},
              {"Arn", arn + "assumed-role/" + role + "/" + session},
              {"RoleId", kRoleId},
              {"PrincipalId", std::string(kRoleId) + ":" + session}};
}

ActionResult<Json> assume_role(World& world, const ActionCall& call) {
  return assume(world, call);
}

/// Any token is believed; the call itself is not signed.
ActionResult<Json> assume_role_with_oidc(World& world, const ActionCall& call) {
  auto body = assume(world, call);
  if (!body) return body;
  const std::string issued = core::format_utc(call.moment.shown_now());
  (*body)["OIDCTokenInfo"] = {{"Issuer", "https://oidc.simulated"}, {"Subject", "simulated"},
                              {"ClientIds", "simulated"},           {"IssuanceTime", issued},
                              {"ExpirationTime", issued},           {"VerificationInfo", "Success"}};
  return body;
}

/// CloudMonitor's custom events are taken and kept in the request log alone.
ActionResult<Json> put_custom_event(World&, const ActionCall& call) {
  ParameterReader read(call);
  for (const int index : read.indices("EventInfo")) {
    const std::string name = "EventInfo." + std::to_string(index);
    read.required(name + ".EventName");
    read.required(name + ".Content");
  }
  if (read.error()) return tl::unexpected(*read.error());
  return Json{{"Code", "200"}, {"Message", "success"}};
}

}  // namespace preemptd::simulator
