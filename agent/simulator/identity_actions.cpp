#include <nlohmann/json.hpp>

#include "simulator/handlers.h"

namespace preemptd::simulator {

Answer<core::Json> get_caller_identity(World&, const Call& call) {
  const std::string account(kAccountId), arn = "acs:ram::" + account + ":";
  const std::string& name = call.caller->name;
  core::Json body{{"AccountId", account}};
  if (call.caller->principal == Principal::assumed_role) {
    const std::string role_id = "300000000000000001";
    const std::string role = name.substr(0, name.find(':')), session = name.substr(name.find(':') + 1);
    body.update({{"IdentityType", "AssumedRoleUser"},
                 {"Arn", arn + "assumed-role/" + role + "/" + session},
                 {"RoleId", role_id},
                 {"PrincipalId", role_id + ":" + session}});
  } else {
    const std::string user_id = "200000000000000001";
    body.update({{"IdentityType", "RAMUser"}, {"Arn", arn + "user/" + name}, {"UserId", user_id}, {"PrincipalId", user_id}});
  }
  return body;
}

}  // namespace preemptd::simulator
