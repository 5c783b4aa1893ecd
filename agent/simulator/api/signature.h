#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/api/api_error.h"
#include "simulator/http/http_message.h"
#include "simulator/http/percent.h"

/// The two signature versions, from the server's side: everything is decoded, encoded again in the canonical form,
/// signed with the secret and compared. Pure. Source:
/// https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature and "Request
/// signatures" in the ECS API reference.
namespace preemptd::simulator {

/// Authorization: ACS3-HMAC-SHA256 Credential=ID,SignedHeaders=a;b,Signature=hex
struct V3Authorization {
  std::string access_key_id;
  std::vector<std::string> signed_headers;
  std::string signature;
};

/// Nothing: not this form.
std::optional<V3Authorization> parse_v3_authorization(std::string_view header);

/// What a V3 client must have hashed. Header values are the request's own, in the order of `signed_headers`.
std::string v3_canonical_request(const HttpRequest& request, const Parameters& query,
                                 const std::vector<std::string>& signed_headers);
std::string v3_string_to_sign(std::string_view canonical_request);

/// What a V1 client must have signed: all parameters, of query and form alike, but `Signature`.
std::string v1_string_to_sign(std::string_view method, const Parameters& parameters);

/// SignatureDoesNotMatch (with the server's string to sign, as the real one) or IncompleteSignature.
ActionResult<void> check_v3(const HttpRequest& request, const Parameters& query, const V3Authorization& authorization,
                            std::string_view secret);
ActionResult<void> check_v1(std::string_view method, const Parameters& parameters, std::string_view secret);

}  // namespace preemptd::simulator
