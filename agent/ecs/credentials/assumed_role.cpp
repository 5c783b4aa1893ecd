#include "ecs/credentials/assumed_role.h"

#include <utility>

#include "core/text.h"
#include "ecs/base/json_value.h"
#include "metadata/role_credentials.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

constexpr core::Millis kEarly = std::chrono::minutes(15);
constexpr core::Millis kTimeout = core::Seconds(10);

core::Deadline limit(const Sources& sources, core::Deadline by) {
  return core::Deadline::after(sources.clock.boot_now(), kTimeout).sooner_of(by);
}

AssumeRoleParams named(AssumeRoleParams wish, core::WallTime now) {
  if (wish.session_name.empty()) wish.session_name = default_session_name(now);
  return wish;
}

core::Result<TemporaryKey> with_provider(core::Result<TemporaryKey> key, std::string provider) {
  if (key) key->credentials.provider = std::move(provider);
  return key;
}

}  // namespace

std::string default_session_name(core::WallTime now) {
  return "preemptd-" + std::to_string(now.time_since_epoch().count());
}

AssumedRole::AssumedRole(const Sources& sources, std::unique_ptr<CredentialsProvider> by, AssumeRoleParams wish,
                         StsEndpoint place)
    : sources_(sources),
      by_(std::move(by)),
      wish_(std::move(wish)),
      url_(sts_url(place)),
      refreshing_(sources.clock, kEarly, [this](core::Deadline until) { return fetch(until); }) {}

core::Result<TemporaryKey> AssumedRole::fetch(core::Deadline by) {
  if (auto fine = check(wish_); !fine) return tl::unexpected(fine.error());
  const auto key = by_->get(by);
  if (!key) return tl::unexpected(key.error());
  const auto now = sources_.clock.wall_now();
  const auto request = assume_role_request(named(wish_, now), url_, *key, {now, sources_.make_nonce()});
  const auto reply = sources_.network.send(request, limit(sources_, by));
  if (!reply) return tl::unexpected(reply.error());
  return with_provider(read_role_key(*reply, now, "sts:AssumeRole"), "ram_role_arn/" + key->provider);
}

OidcRole::OidcRole(const Sources& sources, std::string provider_arn, std::string token_file, AssumeRoleParams wish,
                   StsEndpoint place)
    : sources_(sources),
      provider_arn_(std::move(provider_arn)),
      token_file_(std::move(token_file)),
      wish_(std::move(wish)),
      url_(sts_url(place)),
      refreshing_(sources.clock, kEarly, [this](core::Deadline until) { return fetch(until); }) {}

core::Result<TemporaryKey> OidcRole::fetch(core::Deadline by) {
  if (auto fine = check(wish_); !fine) return tl::unexpected(fine.error());
  auto file = sources_.read_file(token_file_);
  if (!file) return tl::unexpected(file.error());
  const core::Secret token(std::move(file->text));
  const auto now = sources_.clock.wall_now();
  const auto request = assume_role_with_oidc_request(named(wish_, now), provider_arn_, token, url_, now);
  const auto reply = sources_.network.send(request, limit(sources_, by));
  if (!reply) return tl::unexpected(reply.error());
  return with_provider(read_role_key(*reply, now, "sts:AssumeRoleWithOIDC"), "oidc_role_arn");
}

UriCredentials::UriCredentials(const Sources& sources, std::string uri)
    : sources_(sources),
      uri_(std::move(uri)),
      refreshing_(sources.clock, kEarly, [this](core::Deadline until) { return fetch(until); }) {}

core::Result<TemporaryKey> UriCredentials::fetch(core::Deadline by) {
  http::Request request;
  request.url = uri_;
  const auto reply = sources_.direct.send(request, limit(sources_, by));
  if (!reply) return tl::unexpected(reply.error());
  const std::string where = core::redact_url(uri_);
  if (reply->status != 200) return core::fail(ErrorCode::refused, "status " + std::to_string(reply->status), where);
  auto json = JsonDocument::parse(std::string(reply->body));
  if (!json) return core::fail(ErrorCode::bad_reply, "an answer that is not JSON, or cut short", where);
  const auto text = [&](std::string_view name) { return json->root().at(name).text_or_empty(); };
  const auto expires = metadata::parse_expiration(text("Expiration"));
  if (!expires || text("AccessKeyId").empty() || text("AccessKeySecret").empty() || text("SecurityToken").empty()) {
    return core::fail(ErrorCode::bad_reply, "an answer without a whole key", where);
  }
  return TemporaryKey{{text("AccessKeyId"), core::Secret(text("AccessKeySecret")), core::Secret(text("SecurityToken")),
                       "credential_uri"},
                      *expires - sources_.clock.wall_now()};
}

}  // namespace preemptd::ecs
