#include "ecs/credentials/sts.h"

#include "core/utc.h"
#include "ecs/base/endpoint.h"
#include "ecs/base/failure.h"
#include "ecs/base/json_value.h"
#include "ecs/signing/v1.h"
#include "metadata/role_credentials.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

Parameters form_of(const AssumeRoleParams& wish) {
  Parameters form{{"RoleArn", wish.role_arn},
                  {"RoleSessionName", wish.session_name},
                  {"DurationSeconds", std::to_string(wish.duration.count())}};
  if (!wish.policy.empty()) form["Policy"] = wish.policy;
  if (!wish.external_id.empty()) form["ExternalId"] = wish.external_id;
  return form;
}

http::Request form_request(const std::string& url, const Parameters& query, const Parameters& form) {
  http::Request request;
  request.method = "POST";
  request.url = url + "/?" + canonical_query(query);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = canonical_query(form);
  return request;
}

/// A body that is no error of the API may hold a key: it is not quoted.
core::Error refusal_of(const http::Reply& reply, std::string_view action) {
  auto error = parse_server_error(reply);
  if (error.code.empty()) error.message = "not an answer of the API";
  return failure_of(std::move(error), action).error;
}

}  // namespace

std::string sts_url(const StsEndpoint& place) {
  if (!place.endpoint.empty() || place.region.empty())
    return endpoints(kSts, "", Network::in_public, place.endpoint).front();
  return (place.in_vpc ? "https://sts-vpc." : "https://sts.") + place.region + ".aliyuncs.com";
}

core::Result<void> check(const AssumeRoleParams& wish) {
  if (wish.role_arn.empty()) return core::fail(ErrorCode::bad_input, "no role ARN is given");
  if (wish.duration < core::Seconds(900))
    return core::fail(ErrorCode::bad_input, "a role's key lives at least 900 seconds");
  return {};
}

http::Request assume_role_request(const AssumeRoleParams& wish, const std::string& url, const Credentials& by,
                                  const Moment& moment) {
  const Parameters form = form_of(wish);
  Parameters query{{"Action", "AssumeRole"},
                   {"Version", std::string(kSts.version)},
                   {"Format", "JSON"},
                   {"Timestamp", core::format_utc(moment.time)},
                   {"SignatureMethod", "HMAC-SHA1"},
                   {"SignatureVersion", "1.0"},
                   {"SignatureNonce", moment.nonce},
                   {"AccessKeyId", by.access_key_id}};
  if (!by.security_token.empty()) query["SecurityToken"] = by.security_token.reveal();
  Parameters all = form;
  all.insert(query.begin(), query.end());
  query["Signature"] = sign_v1("POST", all, by.access_key_secret).signature;
  auto request = form_request(url, query, form);
  if (!by.provider.empty()) request.headers.push_back({"x-acs-credentials-provider", by.provider});
  return request;
}

http::Request assume_role_with_oidc_request(const AssumeRoleParams& wish, const std::string& provider_arn,
                                            const core::Secret& token, const std::string& url, core::WallTime now) {
  Parameters form = form_of(wish);
  form["OIDCProviderArn"] = provider_arn;
  form["OIDCToken"] = token.reveal();
  return form_request(url,
                      {{"Action", "AssumeRoleWithOIDC"},
                       {"Version", std::string(kSts.version)},
                       {"Format", "JSON"},
                       {"Timestamp", core::format_utc(now)}},
                      form);
}

core::Result<TemporaryKey> read_role_key(const http::Reply& reply, core::WallTime now, std::string_view action) {
  if (reply.status != 200) return tl::unexpected(refusal_of(reply, action));
  auto json = JsonDocument::parse(std::string(reply.body));
  if (!json) return core::fail(ErrorCode::bad_reply, "an answer that is not JSON, or cut short", std::string(action));
  const auto key = json->root().at("Credentials");
  const auto expires = metadata::parse_expiration(key.at("Expiration").text_or_empty());
  TemporaryKey found{{key.at("AccessKeyId").text_or_empty(), core::Secret(key.at("AccessKeySecret").text_or_empty()),
                      core::Secret(key.at("SecurityToken").text_or_empty()), ""},
                     core::Millis{0}};
  if (!expires || found.credentials.access_key_id.empty() || found.credentials.access_key_secret.empty() ||
      found.credentials.security_token.empty()) {
    return core::fail(ErrorCode::bad_reply, "an answer without a whole key", std::string(action));
  }
  const auto date = reply.header("Date");
  found.lives = *expires - (date ? core::parse_http_date(*date).value_or(now) : now);
  return found;
}

}  // namespace preemptd::ecs
