#include "simulator/api/signature.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "simulator/cloud/digest.h"

namespace preemptd::simulator {
namespace {

constexpr std::string_view kV3 = "ACS3-HMAC-SHA256";

bool is_signed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

tl::unexpected<ApiError> mismatch(std::string_view string_to_sign) {
  return deny(400, "SignatureDoesNotMatch",
              "Specified signature is not matched with our calculation. server string to sign is:" +
                  std::string(string_to_sign));
}

tl::unexpected<ApiError> incomplete() {
  return deny(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.");
}

/// host and every x-acs-* header the request carries must be signed, and what is said to be signed must be there.
bool covers(const HttpRequest& request, const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 5> kAlways{"host", "x-acs-action", "x-acs-version", "x-acs-date",
                                                    "x-acs-content-sha256"};
  for (const auto name : kAlways) {
    if (!is_signed(names, name)) return false;
  }
  for (const auto& [name, value] : request.headers) {
    const std::string lower = core::to_lower(name);
    if (lower.starts_with("x-acs-") && !is_signed(names, lower)) return false;
  }
  return std::all_of(names.begin(), names.end(), [&](const auto& name) { return request.header(name).has_value(); });
}

}  // namespace

std::optional<V3Authorization> parse_v3_authorization(std::string_view header) {
  header = core::trim(header);
  if (!header.starts_with(kV3) || header.size() <= kV3.size() || header[kV3.size()] != ' ') return std::nullopt;
  V3Authorization out;
  for (const auto part : core::split(header.substr(kV3.size() + 1), ',')) {
    const auto field = core::trim(part);
    const auto equals = field.find('=');
    if (equals == field.npos) return std::nullopt;
    const auto name = field.substr(0, equals), value = field.substr(equals + 1);
    if (name == "Credential") out.access_key_id = value;
    if (name == "Signature") out.signature = value;
    if (name != "SignedHeaders") continue;
    for (const auto header_name : core::split(value, ';')) out.signed_headers.emplace_back(header_name);
  }
  if (out.access_key_id.empty() || out.signature.empty() || out.signed_headers.empty()) return std::nullopt;
  return out;
}

std::string v3_canonical_request(const HttpRequest& request, const Parameters& query,
                                 const std::vector<std::string>& signed_headers) {
  std::string out = request.method + "\n" + std::string(request.path()) + "\n" + canonical_form(query) + "\n";
  std::string names;
  for (const auto& name : signed_headers) {
    out += name + ":" + std::string(core::trim(request.header(name).value_or(""))) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return out + "\n" + names + "\n" + sha256_hex(request.body);
}

std::string v3_string_to_sign(std::string_view canonical_request) {
  return std::string(kV3) + "\n" + sha256_hex(canonical_request);
}

std::string v1_string_to_sign(std::string_view method, const Parameters& parameters) {
  Parameters signed_ones = parameters;
  signed_ones.erase("Signature");
  return std::string(method) + "&%2F&" + percent_encode(canonical_form(signed_ones));
}

ActionResult<void> check_v3(const HttpRequest& request, const Parameters& query, const V3Authorization& authorization,
                            std::string_view secret) {
  if (!covers(request, authorization.signed_headers)) return incomplete();
  if (!std::is_sorted(authorization.signed_headers.begin(), authorization.signed_headers.end())) return incomplete();
  const std::string canonical = v3_canonical_request(request, query, authorization.signed_headers);
  if (request.header("x-acs-content-sha256") != sha256_hex(request.body)) return mismatch(canonical);
  if (!same_bytes(hmac_sha256_hex(secret, v3_string_to_sign(canonical)), authorization.signature))
    return mismatch(canonical);
  return {};
}

ActionResult<void> check_v1(std::string_view method, const Parameters& parameters, std::string_view secret) {
  const auto given = parameters.find("Signature");
  if (given == parameters.end() || given->second.empty()) return incomplete();
  const std::string to_sign = v1_string_to_sign(method, parameters);
  if (!same_bytes(hmac_sha1_base64(std::string(secret) + "&", to_sign), given->second)) return mismatch(to_sign);
  return {};
}

}  // namespace preemptd::simulator
