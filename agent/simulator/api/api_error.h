#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/json.h"

namespace preemptd::simulator {

/// What the cloud says instead of an answer. Codes and statuses are the documented ones.
struct ApiError {
  int status = 400;
  std::string code;
  std::string message;
  std::string denied_action;  ///< "ecs:DeleteInstance" when a permission is missing
  int retry_after_ms = 0;     ///< for x-acs-retry-after; 0: the header is not sent
};

/// An action's answer without its RequestId, or the error.
template <typename T>
using ActionResult = tl::expected<T, ApiError>;

[[nodiscard]] tl::unexpected<ApiError> deny(int status, std::string code, std::string message);

[[nodiscard]] tl::unexpected<ApiError> missing_parameter(std::string_view name);
/// 400 InvalidParameter, or a more exact code when one is given.
[[nodiscard]] tl::unexpected<ApiError> invalid_parameter(std::string_view name, std::string code = "InvalidParameter");
/// 404 of the given code: "The specified <name> does not exist."
[[nodiscard]] tl::unexpected<ApiError> not_found(std::string_view name, std::string code);
[[nodiscard]] tl::unexpected<ApiError> wrong_status();
/// 403: the action is for instances of the other charge type.
[[nodiscard]] tl::unexpected<ApiError> wrong_charge_type();

}  // namespace preemptd::simulator
