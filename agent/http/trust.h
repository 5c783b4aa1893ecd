#pragma once
#include <string>

namespace preemptd::http {

/// True when the folder holds certificates under their subject hashes ("5ed36f99.0"), as c_rehash leaves them: OpenSSL
/// then looks up the one root it needs, instead of reading all of them (50 ms of CPU for a bundle of 144).
bool is_hashed_trust_folder(const std::string& folder);

}  // namespace preemptd::http
