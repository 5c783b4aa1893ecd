#pragma once
#include <array>
#include <span>
#include <string>

namespace preemptd::http {

/// True when the folder holds certificates under their subject hashes ("5ed36f99.0"), as c_rehash leaves them: OpenSSL
/// then looks up the one root it needs, instead of reading all of them (50 ms of CPU for a bundle of 144).
bool is_hashed_trust_folder(const std::string& folder);

/// Where distributions keep all their certificates in one file: for a libcurl that was built for another one.
inline constexpr std::array kTrustBundles{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/// The first of them that can be read; null when none can, and libcurl's own default stays.
const char* first_readable(std::span<const char* const> bundles);

}  // namespace preemptd::http
