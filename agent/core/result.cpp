#include "core/result.h"

#include <cstring>
#include <utility>

namespace preemptd::core {

tl::unexpected<Error> fail(Fault fault, std::string what, std::string where) {
  return tl::unexpected(Error{fault, std::move(what), std::move(where)});
}

tl::unexpected<Error> fail_errno(int error_number, std::string_view doing, std::string where) {
  char buffer[256];
  const char* reason = strerror_r(error_number, buffer, sizeof buffer);
  return fail(Fault::local, std::string(doing) + ": " + reason, std::move(where));
}

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::unreachable: return "unreachable";
    case Fault::timed_out: return "timed_out";
    case Fault::untrusted: return "untrusted";
    case Fault::throttled: return "throttled";
    case Fault::denied: return "denied";
    case Fault::refused: return "refused";
    case Fault::bad_reply: return "bad_reply";
    case Fault::bad_input: return "bad_input";
    case Fault::local: return "local";
    case Fault::cancelled: return "cancelled";
  }
  return "unknown";
}

std::string describe(const Error& error) {
  if (error.where.empty()) return error.what;
  return error.where + ": " + error.what;
}

}  // namespace preemptd::core
