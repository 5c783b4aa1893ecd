#include "simulator/api/api_error.h"

namespace preemptd::simulator {

tl::unexpected<ApiError> deny(int status, std::string code, std::string message) {
  return tl::unexpected(ApiError{status, std::move(code), std::move(message), "", 0});
}

tl::unexpected<ApiError> missing_parameter(std::string_view name) {
  return deny(400, "MissingParameter",
              "The input parameter \"" + std::string(name) +
                  "\" that is mandatory for processing this request is not supplied.");
}

tl::unexpected<ApiError> invalid_parameter(std::string_view name, std::string code) {
  const int status = code.ends_with(".NotFound") ? 404 : code.starts_with("InvalidParameter.") ? 403 : 400;
  return deny(status, std::move(code), "The specified parameter \"" + std::string(name) + "\" is not valid.");
}

tl::unexpected<ApiError> not_found(std::string_view name, std::string code) {
  return deny(404, std::move(code), "The specified " + std::string(name) + " does not exist.");
}

tl::unexpected<ApiError> wrong_status() {
  return deny(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.");
}

tl::unexpected<ApiError> wrong_charge_type() {
  return deny(403, "ChargeTypeViolation", "The operation is not permitted due to charge type of the instance.");
}

}  // namespace preemptd::simulator
