#include "ecs/signing/signed_request.h"

#include "core/utc.h"
#include "ecs/signing/digest.h"
#include "ecs/signing/v1.h"
#include "ecs/signing/v3.h"
#include "http/url.h"

namespace preemptd::ecs {
namespace {

/// Gateways limit the request line; the limit is not published. 8 KiB is what servers commonly take.
constexpr std::size_t kLongestQuery = 6 * 1024;
constexpr const char* kFormType = "application/x-www-form-urlencoded";
constexpr const char* kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// The longest answer anybody gets: 100 instances with everything are some 150 KiB.
constexpr std::size_t kReplyLimit = 4 * 1024 * 1024;

http::Request request_to(const std::string& endpoint) {
  http::Request request;
  request.method = "POST";
  request.url = endpoint + "/";
  request.reply_limit = kReplyLimit;
  return request;
}

http::Request signed_v3(const Call& call, const std::string& endpoint, const Credentials& credentials,
                        const Moment& moment) {
  auto request = request_to(endpoint);
  std::string query = canonical_query(call.parameters);
  V3Input input;
  input.method = request.method;
  std::string payload_hash = kEmptySha256;
  auto& headers = input.headers;
  if (query.size() > kLongestQuery) {
    request.body = std::move(query);
    query.clear();
    payload_hash = sha256_hex(request.body);
    headers.push_back({"content-type", kFormType});
  }
  headers.push_back({"host", http::host_header(endpoint)});
  headers.push_back({"x-acs-action", call.action});
  headers.push_back({"x-acs-content-sha256", payload_hash});
  headers.push_back({"x-acs-date", core::format_utc(moment.time)});
  headers.push_back({"x-acs-signature-nonce", moment.nonce});
  headers.push_back({"x-acs-version", std::string(call.product.version)});
  if (!credentials.security_token.empty()) {
    headers.push_back({"x-acs-accesskey-id", credentials.access_key_id});
    headers.push_back({"x-acs-security-token", std::string(credentials.security_token.reveal())});
  }
  input.query = query;
  input.payload_sha256 = payload_hash;
  request.headers = headers;
  const auto signature = sign_v3(std::move(input), credentials.access_key_id, credentials.access_key_secret);
  request.headers.push_back({"Authorization", signature.authorization});
  request.headers.push_back({"Accept", "application/json"});
  if (!query.empty()) request.url += "?" + query;
  return request;
}

http::Request signed_v1(const Call& call, const std::string& endpoint, const Credentials& credentials,
                        const Moment& moment) {
  auto request = request_to(endpoint);
  Parameters all = call.parameters;
  all["Action"] = call.action;
  all["Version"] = call.product.version;
  all["Format"] = "JSON";
  all["AccessKeyId"] = credentials.access_key_id;
  all["SignatureMethod"] = "HMAC-SHA1";
  all["SignatureVersion"] = "1.0";
  all["SignatureNonce"] = moment.nonce;
  all["Timestamp"] = core::format_utc(moment.time);
  if (!credentials.security_token.empty()) all["SecurityToken"] = credentials.security_token.reveal();
  all["Signature"] = sign_v1(request.method, all, credentials.access_key_secret).signature;
  std::string query = canonical_query(all);
  if (query.size() > kLongestQuery) {
    request.body = std::move(query);
    request.headers.push_back({"Content-Type", kFormType});
  } else {
    request.url += "?" + query;
  }
  return request;
}

}  // namespace

http::Request signed_request(const Call& call, const std::string& endpoint, const Credentials& credentials,
                             const Moment& moment, SignatureVersion version) {
  return version == SignatureVersion::v3 ? signed_v3(call, endpoint, credentials, moment)
                                         : signed_v1(call, endpoint, credentials, moment);
}

}  // namespace preemptd::ecs
