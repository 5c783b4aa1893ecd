#pragma once
#include <string>

#include "core/clock.h"
#include "ecs/base/credentials.h"
#include "ecs/credentials/refreshing.h"
#include "ecs/signing/signed_request.h"
#include "http/transport.h"

/// Pure: the two requests that turn one identity into a role's temporary key, and their answer.
namespace preemptd::ecs {

/// A role to take on.
struct AssumeRoleParams {
  std::string role_arn;
  std::string session_name = {};  ///< 2 to 64 of A-Za-z0-9.@-_
  std::string policy = {};        ///< "" = all the role may do
  std::string external_id = {};
  core::Seconds duration{3600};
};

/// Where STS is asked; a region's host by the one rule the official SDKs' credentials know.
struct StsEndpoint {
  std::string endpoint;  ///< host or URL; wins
  std::string region;    ///< "" = the central endpoint
  bool in_vpc = false;
};
std::string sts_url(const StsEndpoint& place);

/// bad_input when the wish cannot be granted by anybody: no role, or a duration below 15 minutes.
core::Result<void> check(const AssumeRoleParams& wish);

/// AssumeRole, signed V1: the common parameters in the query, the wish in a form body.
http::Request assume_role_request(const AssumeRoleParams& wish, const std::string& url, const Credentials& by,
                                  const Moment& moment);

/// AssumeRoleWithOIDC, not signed: the token itself is the proof.
http::Request assume_role_with_oidc_request(const AssumeRoleParams& wish, const std::string& provider_arn,
                                            const core::Secret& token, const std::string& url, core::WallTime now);

/// The key in the answer of either. Messages carry the server's code and request id, and no key.
core::Result<TemporaryKey> read_role_key(const http::Reply& reply, core::WallTime now, std::string_view action);

}  // namespace preemptd::ecs
