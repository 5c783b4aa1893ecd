#include "ecs/signing/v3.h"

#include <algorithm>

#include "core/text.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

constexpr std::string_view kAlgorithm = "ACS3-HMAC-SHA256";

/// The path as it is signed, which is not always as it is sent.
std::string canonical_path(std::string_view path) {
  constexpr std::string_view kTilde = "%7E";
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.substr(i).starts_with(kTilde)) {
      text += '~';
      i += kTilde.size() - 1;
    } else if (path[i] == '+') {
      text += "%20";
    } else if (path[i] == '*') {
      text += "%2A";
    } else {
      text += path[i];
    }
  }
  return text;
}

void append_header(V3Signature& out, const http::Header& header) {
  out.canonical_headers.append(header.name).append(":").append(core::trim(header.value)).append("\n");
  if (!out.signed_headers.empty()) out.signed_headers += ';';
  out.signed_headers += header.name;
}

}  // namespace

V3Signature sign_v3(V3Input input, std::string_view access_key_id, const core::Secret& access_key_secret) {
  V3Signature out;
  std::sort(input.headers.begin(), input.headers.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& header : input.headers) append_header(out, header);
  const std::string path = canonical_path(input.path);
  for (const std::string_view part : {input.method, std::string_view(path), input.query,
                                      std::string_view(out.canonical_headers), std::string_view(out.signed_headers)}) {
    out.canonical_request.append(part).append("\n");
  }
  out.canonical_request.append(input.payload_sha256);
  out.string_to_sign.append(kAlgorithm).append("\n").append(sha256_hex(out.canonical_request));
  out.signature = hmac_sha256_hex(access_key_secret.reveal(), out.string_to_sign);
  out.authorization.append(kAlgorithm).append(" Credential=").append(access_key_id);
  out.authorization.append(",SignedHeaders=").append(out.signed_headers).append(",Signature=").append(out.signature);
  return out;
}

}  // namespace preemptd::ecs
