#include "core/result.h"

#include <cstring>
#include <utility>

namespace preemptd::core {

tl::unexpected<Error> fail(ErrorCode fault, std::string what, std::string where) {
  return tl::unexpected(Error{fault, std::move(what), std::move(where)});
}

tl::unexpected<Error> fail_errno(int error_number, std::string_view doing, std::string where) {
  char buffer[256];
  const char* reason = strerror_r(error_number, buffer, sizeof buffer);
  return fail(ErrorCode::local, std::string(doing) + ": " + reason, std::move(where));
}

std::string_view name_of(ErrorCode fault) {
  switch (fault) {
    case ErrorCode::unreachable: return "unreachable";
    case ErrorCode::timed_out: return "timed_out";
    case ErrorCode::untrusted: return "untrusted";
    case ErrorCode::throttled: return "throttled";
    case ErrorCode::denied: return "denied";
    case ErrorCode::refused: return "refused";
    case ErrorCode::bad_reply: return "bad_reply";
    case ErrorCode::bad_input: return "bad_input";
    case ErrorCode::local: return "local";
    case ErrorCode::cancelled: return "cancelled";
  }
  return "unknown";
}

std::string describe(const Error& error) {
  if (error.where.empty()) return error.what;
  return error.where + ": " + error.what;
}

}  // namespace preemptd::core
