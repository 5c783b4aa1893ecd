#pragma once
#include <functional>
#include <utility>

#include "ecs/base/credentials.h"

namespace preemptd::ecs {

/// The key it was made with.
class StaticCredentials final : public CredentialsProvider {
 public:
  explicit StaticCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  core::Result<Credentials> get(core::Deadline) override { return credentials_; }

 private:
  Credentials credentials_;
};

/// The process's environment, or a test's: the variable's value, nothing when unset. An empty one counts as unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

/// ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for a temporary key, ALIBABA_CLOUD_SECURITY_TOKEN,
/// read at every call as the official SDKs do.
class EnvironmentCredentials final : public CredentialsProvider {
 public:
  explicit EnvironmentCredentials(Environment environment) : environment_(std::move(environment)) {}
  core::Result<Credentials> get(core::Deadline by) override;

 private:
  Environment environment_;
};

}  // namespace preemptd::ecs
