#pragma once
#include <functional>
#include <string>

#include "ecs/base/credentials.h"
#include "ecs/credentials/profiles.h"
#include "ecs/credentials/sts.h"

namespace preemptd::ecs {

/// One profile's members, whichever file they stand in; what is missing comes from the environment where the official
/// SDKs look there.
struct Profile {
  const Sources& sources;
  std::function<std::string(const char* member)> text;  ///< "" = not there
  std::string where;

  std::string text_or(const char* member, const char* variable) const;
  ProviderResult static_key(bool with_token) const;
  AssumeRoleParams wish(const char* role_arn, const char* session_name) const;
  /// Warns of a member that is there but that the official SDKs do not read.
  void not_used(const char* member) const;
  /// A member's name may be "": the file has no such member.
  StsEndpoint sts_place(const char* endpoint, const char* region, bool in_vpc) const;
  tl::unexpected<core::Error> unsupported(const std::string& what, const char* supported) const;
};

/// The instance's role; `role` "" is the one ALIBABA_CLOUD_ECS_METADATA names, else the one attached. denied when
/// ALIBABA_CLOUD_ECS_METADATA_DISABLED says so.
ProviderResult instance_role(const Sources& sources, const std::string& role);

/// STS as the environment places it.
StsEndpoint sts_place(const Sources& sources);

/// A file with keys; warns when others can read it.
core::Result<KeyFile> read_keys(const Sources& sources, const std::string& path);

}  // namespace preemptd::ecs
