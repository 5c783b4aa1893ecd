#include "simulator/api/authenticator.h"

#include <array>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/api/signature.h"
#include "simulator/cloud/digest.h"

namespace preemptd::simulator {
namespace {

constexpr std::chrono::minutes kSkew{15};
constexpr std::size_t kMostNonces = 500'000;
constexpr std::array<const char*, 11> kCommon{"Action",          "Version",          "Format",        "AccessKeyId",
                                              "SignatureMethod", "SignatureVersion", "SignatureType", "SignatureNonce",
                                              "Timestamp",       "SecurityToken",    "Signature"};

std::string value_of(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

bool is_form(const HttpRequest& request) {
  return core::to_lower(request.header("content-type").value_or("")).starts_with("application/x-www-form-urlencoded");
}

ActionResult<void> check_time(std::string_view given, Moment moment) {
  const auto time = given.ends_with('Z') ? core::parse_utc(given) : std::nullopt;
  if (!time) return deny(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
  const auto off = *time - moment.shown_now();
  if (off > kSkew || off < -kSkew) {
    return deny(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
  }
  return {};
}

}  // namespace

ParsedRequest present(const HttpRequest& request) {
  ParsedRequest out;
  auto query = parse_form(request.query());
  auto form = is_form(request) ? parse_form(request.body) : Parameters{};
  out.legible = query && form;
  out.query = query.value_or(Parameters{});
  out.all = out.query;
  for (const auto& [name, value] : form.value_or(Parameters{})) out.all.insert_or_assign(name, value);

  const bool v3 = request.header("authorization").value_or("").starts_with("ACS3-");
  const bool rpc = out.all.contains("Action");
  out.scheme = v3                                                                 ? Scheme::v3
               : out.all.contains("AccessKeyId") || out.all.contains("Signature") ? Scheme::v1
                                                                                  : Scheme::unsigned_call;
  out.action = v3 || !rpc ? std::string(request.header("x-acs-action").value_or("")) : value_of(out.all, "Action");
  out.version = v3 || !rpc ? std::string(request.header("x-acs-version").value_or("")) : value_of(out.all, "Version");
  const bool xml = !v3 && rpc && !core::equal_ignoring_case(value_of(out.all, "Format"), "json");
  out.format = xml ? Format::xml : Format::json;
  return out;
}

Parameters own_parameters(const ParsedRequest& presented) {
  Parameters own = presented.all;
  if (presented.scheme == Scheme::v3) return own;
  for (const char* name : kCommon) own.erase(name);
  return own;
}

ActionResult<const AccessKey*> Authenticator::admit(const HttpRequest& request, const ParsedRequest& presented,
                                                    Moment moment) {
  if (!presented.legible) return deny(400, "InvalidParameter", "The request contains malformed percent-encoding.");
  switch (presented.scheme) {
    case Scheme::v3: return admit_v3(request, presented, moment);
    case Scheme::v1: return admit_v1(request, presented, moment);
    case Scheme::unsigned_call: break;
  }
  return deny(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.");
}

ActionResult<const AccessKey*> Authenticator::admit_v3(const HttpRequest& request, const ParsedRequest& presented,
                                                       Moment moment) {
  const auto authorization = parse_v3_authorization(*request.header("authorization"));
  if (!authorization) {
    return deny(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.");
  }
  const auto date = request.header("x-acs-date");
  if (!date) return missing_parameter("x-acs-date");
  if (auto timely = check_time(*date, moment); !timely) return tl::unexpected(timely.error());
  const auto key =
      key_for(authorization->access_key_id, request.header("x-acs-security-token").value_or(""), moment.now);
  if (!key) return key;
  if (auto match = check_v3(request, presented.query, *authorization, (*key)->secret.reveal()); !match) {
    return tl::unexpected(match.error());
  }
  const auto nonce = request.header("x-acs-signature-nonce").value_or("");
  if (nonce.empty()) return key;
  if (auto fresh = spend_nonce((*key)->id, nonce, moment.now); !fresh) return tl::unexpected(fresh.error());
  return key;
}

ActionResult<const AccessKey*> Authenticator::admit_v1(const HttpRequest& request, const ParsedRequest& presented,
                                                       Moment moment) {
  for (const char* name : {"AccessKeyId", "Signature", "SignatureNonce", "Timestamp"}) {
    if (value_of(presented.all, name).empty()) return missing_parameter(name);
  }
  if (!core::equal_ignoring_case(value_of(presented.all, "SignatureMethod"), "HMAC-SHA1")) {
    return invalid_parameter("SignatureMethod", "InvalidParamater");
  }
  if (value_of(presented.all, "SignatureVersion") != "1.0")
    return invalid_parameter("SignatureVersion", "InvalidParamater");
  if (auto timely = check_time(value_of(presented.all, "Timestamp"), moment); !timely)
    return tl::unexpected(timely.error());
  const auto key =
      key_for(value_of(presented.all, "AccessKeyId"), value_of(presented.all, "SecurityToken"), moment.now);
  if (!key) return key;
  if (auto match = check_v1(request.method, presented.all, (*key)->secret.reveal()); !match) {
    return tl::unexpected(match.error());
  }
  auto fresh = spend_nonce((*key)->id, value_of(presented.all, "SignatureNonce"), moment.now);
  if (!fresh) return tl::unexpected(fresh.error());
  return key;
}

ActionResult<const AccessKey*> Authenticator::key_for(std::string_view id, std::string_view token,
                                                      core::WallTime now) const {
  const AccessKey* key = keys_.find(id);
  if (key == nullptr) return deny(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
  if (token.empty() && !key->token.empty())
    return deny(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.");
  if (!same_bytes(token, key->token.reveal())) {
    if (!key->token.empty() && !keys_.has_token(token)) {
      return deny(400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.");
    }
    return deny(400, "InvalidSecurityToken.MismatchWithAccessKey",
                "Specified SecurityToken mismatch with the AccessKey.");
  }
  if (key->expires && now >= *key->expires) {
    return deny(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
  }
  return key;
}

ActionResult<void> Authenticator::spend_nonce(std::string_view key, std::string_view nonce, core::WallTime now) {
  while (!nonce_ages_.empty() && (nonce_ages_.front().first + 2 * kSkew < now || nonce_ages_.size() >= kMostNonces)) {
    nonces_.erase(nonce_ages_.front().second);
    nonce_ages_.pop_front();
  }
  std::string entry = std::string(key) + "/" + std::string(nonce);
  if (!nonces_.insert(entry).second) {
    return deny(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
  }
  nonce_ages_.emplace_back(now, std::move(entry));
  return {};
}

}  // namespace preemptd::simulator
