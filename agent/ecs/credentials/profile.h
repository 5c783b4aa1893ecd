#pragma once
#include <functional>
#include <initializer_list>
#include <memory>
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
  /// A member's name may be "": the file has no such member.
  StsEndpoint sts_place(const char* endpoint, const char* region, bool in_vpc) const;
  tl::unexpected<core::Error> unsupported(const std::string& what, const char* supported) const;
};

/// Gives the provider's keys a source for people, and puts it before what the provider fails with.
ProviderResult from_source(ProviderResult provider, const std::string& source);

/// The first of these variables that is set, "" when none is.
std::string first_set(const Environment& environment, std::initializer_list<const char*> names);

/// The instance's role; `role` "" is the one ALIBABA_CLOUD_ECS_METADATA names, else the one attached. denied when
/// ALIBABA_CLOUD_ECS_METADATA_DISABLED says so.
ProviderResult instance_role(const Sources& sources, const std::string& role);

/// STS as the environment places it.
StsEndpoint sts_place(const Sources& sources);

/// A file with keys; warns when others can read it.
core::Result<KeyFile> read_keys(const Sources& sources, const std::string& path);

}  // namespace preemptd::ecs
