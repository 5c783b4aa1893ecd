#include "metadata/role_credentials.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::metadata {

using core::ErrorCode;

core::Result<RoleCredentials> parse_role_credentials(std::string_view body) {
  const auto json = core::parse_json_answer(body);
  if (!json) return core::fail(ErrorCode::bad_reply, "role credentials are not JSON, or cut short");
  const auto text = [&](std::string_view name) { return core::string_at(*json, name).value_or(""); };
  if (text("Code") != "Success") {
    return core::fail(ErrorCode::bad_reply, "role credentials say Code '" + core::printable(text("Code"), 64) + "'");
  }
  const auto expires = parse_expiration(text("Expiration"));
  if (!expires) return core::fail(ErrorCode::bad_reply, "role credentials have no usable Expiration");
  RoleCredentials found{text("AccessKeyId"), core::Secret(text("AccessKeySecret")), core::Secret(text("SecurityToken")),
                        *expires, std::nullopt};
  if (found.access_key_id.empty() || found.access_key_secret.empty() || found.security_token.empty()) {
    return core::fail(ErrorCode::bad_reply, "role credentials lack a key, a secret or a token");
  }
  return found;
}

std::optional<core::WallTime> parse_expiration(std::string_view text) {
  constexpr std::size_t kWhole = 20, kWithMillis = 24;
  if ((text.size() != kWhole && text.size() != kWithMillis) || text.back() != 'Z') return std::nullopt;
  return core::parse_utc(text);
}

bool is_role_name(std::string_view text) {
  constexpr std::string_view kMarks = ".@_-";
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || kMarks.find(c) != kMarks.npos;
  });
}

}  // namespace preemptd::metadata
