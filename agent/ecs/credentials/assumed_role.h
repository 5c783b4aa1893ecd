#pragma once
#include <memory>
#include <string>

#include "ecs/credentials/refreshing.h"
#include "ecs/credentials/sources.h"
#include "ecs/credentials/sts.h"

namespace preemptd::ecs {

/// A role's key, taken on with another key (AssumeRole).
class AssumedRole final : public CredentialsProvider {
 public:
  AssumedRole(const Sources& sources, std::unique_ptr<CredentialsProvider> by, AssumeRoleParams wish,
              StsEndpoint place);
  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);

  const Sources& sources_;
  std::unique_ptr<CredentialsProvider> by_;
  AssumeRoleParams wish_;
  std::string url_;
  Refreshing refreshing_;
};

/// A role's key, taken on with the token of an OIDC provider (RRSA in Kubernetes). The token file is read again each
/// time, because kubelet rotates it, and sent as it is.
class OidcRole final : public CredentialsProvider {
 public:
  OidcRole(const Sources& sources, std::string provider_arn, std::string token_file, AssumeRoleParams wish,
           StsEndpoint place);
  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);

  const Sources& sources_;
  std::string provider_arn_;
  std::string token_file_;
  AssumeRoleParams wish_;
  std::string url_;
  Refreshing refreshing_;
};

/// A key from a local HTTP source (ALIBABA_CLOUD_CREDENTIALS_URI).
class UriCredentials final : public CredentialsProvider {
 public:
  UriCredentials(const Sources& sources, std::string uri);
  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);

  const Sources& sources_;
  std::string uri_;
  Refreshing refreshing_;
};

/// The name of a session nobody named: it shows up in the account's audit log.
std::string default_session_name(core::WallTime now);

}  // namespace preemptd::ecs
