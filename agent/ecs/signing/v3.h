#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"
#include "ecs/base/parameters.h"
#include "http/transport.h"

namespace preemptd::ecs {

/// What ACS3-HMAC-SHA256 signs. `headers` are exactly the signed ones, names in lower case, any order: host,
/// content-type where there is a body of a type, and every x-acs-*, among them x-acs-content-sha256 = sha256_hex(body).
/// Source: Alibaba Cloud, "V3 request structure and signature".
struct V3Input {
  std::string_view method;
  std::string_view path = "/";  ///< as it is sent
  std::string_view query;       ///< canonical_query of the parameters in the URL; "" when they are in the body
  std::vector<http::Header> headers;
  std::string_view payload_sha256;
};

/// Every intermediate, for whoever has to find out why a signature does not match. Nothing here is secret.
struct V3Signature {
  std::string canonical_headers;
  std::string signed_headers;
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;      ///< lower-case hex
  std::string authorization;  ///< value of the Authorization header
};

V3Signature sign_v3(V3Input input, std::string_view access_key_id, const core::Secret& access_key_secret);

}  // namespace preemptd::ecs
