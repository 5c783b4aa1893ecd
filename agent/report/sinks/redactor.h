#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"

namespace preemptd::report {

/// What a request carries that nobody else may see, so that a receiver which says it back is quoted without it.
class Redactor {
 public:
  /// As it is, percent-encoded, and as JSON with escaped slashes has it. Nothing empty.
  void add(std::string_view secret);
  /// The parts of an address that redact_url() hides: what follows the host, whole and piece by piece, and the user
  /// part. Pieces too short to be secrets are left, so that ordinary words stay.
  void add_url(std::string_view url);

  /// The text with *** for each of them, and for what else looks like a secret (core::redact).
  std::string redact(std::string_view text) const;

 private:
  std::vector<core::Secret> spellings_;  ///< the longest first: one may be part of another
};

}  // namespace preemptd::report
