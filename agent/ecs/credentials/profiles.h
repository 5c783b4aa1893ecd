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
  std::string region;         ///< "" = not said, as the others
  std::string endpoint;       ///< host or URL of every product
  std::string endpoint_type;  ///< "vpc": the endpoints inside the VPC
};

/// The provider of a profile in the official CLI's file (ALIBABA_CLOUD_CONFIG_FILE, else ~/.aliyun/config.json).
/// `profile` "" is the one the environment names, else the file's current one. Modes, in any case: AK, StsToken,
/// RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, ChainableRamRoleArn, OIDC, CredentialsURI, External, CloudSSO and
/// OAuth, the last two with a sign-in of the CLI that still lives. bad_input, with the reason, for another mode, an
/// unknown profile, one that lacks what its mode needs, one that leads to itself, and a file that is no JSON; denied:
/// there is no file, or nothing was asked for and no profile in it is filled in.
ProviderResult cli_profile(const Sources& sources, const std::string& profile);
core::Result<ProfileFacts> cli_profile_facts(const Sources& sources, const std::string& profile);
/// The file can be read and has no such profile.
bool cli_lacks_profile(const Sources& sources, const std::string& profile);

/// The provider of a section in the SDKs' INI file (ALIBABA_CLOUD_CREDENTIALS_FILE, else ~/.alibabacloud/credentials,
/// else the same with .ini). Types access_key, ecs_ram_role and ram_role_arn, as there; the others are refused. denied:
/// there is no file, or nothing is in it.
ProviderResult ini_profile(const Sources& sources, const std::string& section);
bool ini_has_section(const Sources& sources, const std::string& section);

}  // namespace preemptd::ecs
