#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

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

/// Hears what is odd about a source that is used all the same.
using Warn = std::function<void(const std::string& warning)>;

/// ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for a temporary key, ALIBABA_CLOUD_SECURITY_TOKEN,
/// read at every call as the official SDKs do; without any of them the older names of the official tools:
/// ALIBABACLOUD_…, ALICLOUD_…, and ALICLOUD_ACCESS_KEY with ALICLOUD_SECRET_KEY. denied: none is set; bad_input: half a
/// key is.
class EnvironmentCredentials final : public CredentialsProvider {
 public:
  explicit EnvironmentCredentials(Environment environment, Warn warn = {})
      : environment_(std::move(environment)), warn_(std::move(warn)) {}
  core::Result<Credentials> get(core::Deadline by) override;

  /// The variables that are set where they are only half a key; empty otherwise.
  std::vector<std::string> half_a_key() const;

 private:
  Environment environment_;
  Warn warn_;
};

/// A key's part without blanks and line breaks around it, which no key has and which spoil its signature; warned about.
std::string trimmed_key(std::string text, const std::string& name, const Warn& warn);

}  // namespace preemptd::ecs
