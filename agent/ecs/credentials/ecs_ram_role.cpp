#include "ecs/credentials/ecs_ram_role.h"

#include <utility>

namespace preemptd::ecs {
namespace {

// The official SDKs fetch again in the last hour; a successor is published at least 30 minutes before the end.
constexpr core::Millis kEarly = std::chrono::hours(1);

}  // namespace

EcsRamRoleCredentials::EcsRamRoleCredentials(metadata::MetadataClient& client, const core::Clock& clock,
                                             std::string role)
    : client_(client),
      clock_(clock),
      fixed_role_(std::move(role)),
      refreshing_(clock, kEarly, [this](core::Deadline by) { return fetch(by); }) {}

core::Result<std::string> EcsRamRoleCredentials::role(core::Deadline by) {
  if (!fixed_role_.empty()) return fixed_role_;
  auto name = client_.role_name(by);
  if (!name) return tl::unexpected(std::move(name.error().error));
  if (!*name)
    return core::fail(core::ErrorCode::denied, "no RAM role is attached to this instance", "metadata service");
  return std::move(**name);
}

core::Result<TemporaryKey> EcsRamRoleCredentials::fetch(core::Deadline by) {
  const auto name = role(by);
  if (!name) return tl::unexpected(name.error());
  auto found = client_.role_credentials(*name, by);
  if (!found) return tl::unexpected(std::move(found.error().error));
  if (!*found)
    return core::fail(core::ErrorCode::denied, "RAM role '" + *name + "' is not attached to this instance",
                      "metadata service");
  auto& key = **found;
  const auto now = key.server_date.value_or(clock_.wall_now());
  return TemporaryKey{
      {key.access_key_id, std::move(key.access_key_secret), std::move(key.security_token), "ecs_ram_role"},
      key.expires - now};
}

}  // namespace preemptd::ecs
