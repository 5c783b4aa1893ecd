#pragma once
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "core/secret.h"

namespace preemptd::ecs {

/// A key to sign with.
struct Credentials {
  std::string access_key_id;
  core::Secret access_key_secret;
  core::Secret security_token = {};  ///< empty for a permanent key
  std::string provider = {};         ///< who gave it, as the official SDKs name it: "env", "ecs_ram_role"; for messages
  std::string source = {};           ///< where it came from, for people: "profile 'me' of /root/.aliyun/config.json"
};

/// Where keys come from. Belongs to one thread.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  /// A key that is valid now, fetched or refreshed within `by` where that takes requests. An expired key is never
  /// given. denied: there is none, and the sentence says why; other faults: it could not be had this time.
  virtual core::Result<Credentials> get(core::Deadline by) = 0;

  /// The cloud called the key last given expired: the next get() must not give it again. Nothing for permanent keys.
  virtual void discard() {}
};

}  // namespace preemptd::ecs
