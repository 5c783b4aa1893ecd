#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "core/secret.h"

namespace preemptd::metadata {

/// A role's temporary key. The service publishes a successor at least 30 minutes before `expires`; both then work.
struct RoleCredentials {
  std::string access_key_id;
  core::Secret access_key_secret;
  core::Secret security_token;
  core::WallTime expires{};
  std::optional<core::WallTime> server_date;  ///< when it was given, by the clock that `expires` is meant by
};

/// The body of ram/security-credentials/<role>. bad_reply when it is not JSON, Code is not Success, or a member is
/// missing or empty; the message never quotes the body.
core::Result<RoleCredentials> parse_role_credentials(std::string_view body);

/// A key's end as the official SDKs read it: "2026-01-02T03:04:05Z", with or without ".123". Nothing for any other
/// text, an offset among them.
std::optional<core::WallTime> parse_expiration(std::string_view text);

/// True for what RAM allows as a role's name: [A-Za-z0-9.@_-]{1,64}.
bool is_role_name(std::string_view text);

}  // namespace preemptd::metadata
