#include "ecs/signing/v1.h"

#include "ecs/signing/digest.h"
#include "http/percent.h"

namespace preemptd::ecs {

V1Signature sign_v1(std::string_view method, const Parameters& parameters, const core::Secret& access_key_secret) {
  V1Signature out;
  out.canonicalized_query = canonical_query(parameters);
  out.string_to_sign.append(method).append("&%2F&");
  http::append_percent_encoded(out.string_to_sign, out.canonicalized_query);
  const core::Secret key(std::string(access_key_secret.reveal()) + "&");
  out.signature = hmac_sha1_base64(key.reveal(), out.string_to_sign);
  return out;
}

}  // namespace preemptd::ecs
