#pragma once
#include <string>

#include "core/clock.h"
#include "ecs/base/call.h"
#include "ecs/base/credentials.h"
#include "http/transport.h"

namespace preemptd::ecs {

enum class SignatureVersion {
  v3,  ///< ACS3-HMAC-SHA256, headers
  v1,  ///< HMAC-SHA1 in parameters, for gateways that know nothing newer
};

/// What makes one attempt unlike any other.
struct Moment {
  core::WallTime time{};  ///< by the cloud's clock, as far as known
  std::string nonce;      ///< never used before
};

/// The signed HTTP request of one attempt: POST to `endpoint` ("https://host[:port]"), JSON asked for. Parameters go
/// into the URL, and into a form body once they are more than gateways take in a request line.
http::Request signed_request(const Call& call, const std::string& endpoint, const Credentials& credentials,
                             const Moment& moment, SignatureVersion version);

}  // namespace preemptd::ecs
