#pragma once
#include <string_view>

#include "core/result.h"

namespace preemptd::metadata {

/// Why the metadata service gave nothing usable, named by what a person would do about it.
enum class Trouble {
  disabled,        ///< 403 to the token request: HttpEndpoint=disabled on this instance (or a proxy is in between)
  token_required,  ///< 403 to a request without a token: HttpTokens=required, and no token was to be had
  token_unusable,  ///< 401 although the token was fresh
  no_answer,       ///< not reachable, or nothing within the time limit, twice
  throttled,       ///< 429
  server_error,    ///< 5xx
  odd_answer,      ///< any other status, or a body that is not what the item can be
};

/// Stable lower-case name for logs and metrics: "no_answer".
std::string_view name_of(Trouble trouble);

struct Failure {
  Trouble trouble = Trouble::no_answer;
  core::Error error;
};

template <typename T>
using Result = tl::expected<T, Failure>;

}  // namespace preemptd::metadata
