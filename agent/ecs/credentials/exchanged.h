#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecs/credentials/refreshing.h"
#include "ecs/credentials/sources.h"

/// Keys that something outside hands out: the services a person signed in to with the official CLI, and a program.
namespace preemptd::ecs {

/// Where a sign-in's access token is exchanged for a key.
struct Exchange {
  std::string url;     ///< the whole address the token is sent to
  core::Secret token;  ///< the access token of the sign-in
  std::string body;    ///< JSON, or nothing
  std::string member;  ///< the answer's member that holds the key; "" = the answer itself
  std::string provider;
};

/// A key for a sign-in (profile modes CloudSSO and OAuth). One that the CLI left in its file is used while it lives;
/// then the access token is exchanged. The token itself is never renewed: that would end the CLI's own sign-in.
class ExchangedCredentials final : public CredentialsProvider {
 public:
  ExchangedCredentials(const Sources& sources, Exchange exchange, std::optional<TemporaryKey> cached);
  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);

  const Sources& sources_;
  Exchange exchange_;
  std::optional<TemporaryKey> cached_;
  Refreshing refreshing_;
};

/// The key a program prints (profile mode External).
class ExternalCredentials final : public CredentialsProvider {
 public:
  ExternalCredentials(const Sources& sources, std::vector<std::string> argv);
  core::Result<Credentials> get(core::Deadline by) override { return refreshing_.get(by); }
  void discard() override { refreshing_.discard(); }

 private:
  core::Result<TemporaryKey> fetch(core::Deadline by);

  const Sources& sources_;
  std::vector<std::string> argv_;
  Refreshing refreshing_;
};

/// A command line as the official SDKs split it: blanks outside quotes separate, ' and " group, \ escapes outside '.
/// bad_input for an unclosed quote, a \ at the end, and nothing at all. Pure.
core::Result<std::vector<std::string>> split_command(std::string_view command);

/// The key in a program's output. Messages quote none of it. Pure.
core::Result<TemporaryKey> read_external_key(std::string_view output, core::WallTime now);

}  // namespace preemptd::ecs
