#pragma once
#include <memory>
#include <optional>
#include <string>

#include "ecs/credentials/sources.h"

namespace preemptd::ecs {

using ProviderResult = core::Result<std::unique_ptr<CredentialsProvider>>;

/// What a profile of the official CLI says besides keys.
struct ProfileFacts {
  std::string name;
  std::string region;  ///< "" = not said
};

/// The provider of a profile in the official CLI's file (ALIBABA_CLOUD_CONFIG_FILE, else ~/.aliyun/config.json).
/// `profile` "" is the one the environment names, else the file's current one. Modes AK, StsToken, RamRoleArn,
/// EcsRamRole, ChainableRamRoleArn, OIDC, CredentialsURI; another one, an unknown profile or a profile that leads to
/// itself is bad_input and says so.
ProviderResult cli_profile(const Sources& sources, const std::string& profile);
core::Result<ProfileFacts> cli_profile_facts(const Sources& sources, const std::string& profile);

/// The provider of a section in the SDKs' INI file (ALIBABA_CLOUD_CREDENTIALS_FILE, else ~/.alibabacloud/credentials,
/// else the same with .ini). Types access_key, ecs_ram_role and ram_role_arn, as there; the others are refused.
ProviderResult ini_profile(const Sources& sources, const std::string& section);

}  // namespace preemptd::ecs
