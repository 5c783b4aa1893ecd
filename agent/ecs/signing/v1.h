#pragma once
#include <string>
#include <string_view>

#include "core/secret.h"
#include "ecs/base/parameters.h"

namespace preemptd::ecs {

/// Every intermediate of a V1 (RPC, HMAC-SHA1) signature. Nothing here is secret.
struct V1Signature {
  std::string canonicalized_query;
  std::string string_to_sign;
  std::string signature;  ///< base64, not yet percent-encoded; sent as the parameter Signature
};

/// Signs all parameters of a request, the common ones included and wherever they travel, except Signature itself.
/// Source: Alibaba Cloud ECS, API Reference, "Request signatures".
V1Signature sign_v1(std::string_view method, const Parameters& parameters, const core::Secret& access_key_secret);

}  // namespace preemptd::ecs
