#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace preemptd::core {

/// What the caller can do about a failure. Few on purpose: a new one must ask for a new reaction.
enum class ErrorCode {
  unreachable,  ///< nobody answered (no route, refused, TLS, reset): try again later
  timed_out,    ///< no answer within the limit given: try again later, perhaps on a fresh connection
  untrusted,  ///< who answered has no certificate that we trust: a person must act, or a clock be set; not worth a try
              ///< at once
  throttled,  ///< asked too often: wait as long as the answer says, then try again
  denied,     ///< credentials or permission: a person must act; retrying does not help
  refused,    ///< understood, and the answer is no
  bad_reply,  ///< an answer came that cannot be right: count it, cross-check, do not act on it
  bad_input,  ///< what the operator or caller gave is wrong: say how to fix it
  local,      ///< this machine's disk, memory or processes failed
  cancelled,  ///< the caller stopped it
};

/// A failure as a value. `what` is one sentence for a person; `where` is the request, file or key, already redacted.
struct Error {
  ErrorCode code = ErrorCode::local;
  std::string what;
  std::string where;

  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::bad_reply, "not a time", url);`
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, std::string what, std::string where = {});

/// Local fault out of errno: "cannot open: No such file or directory".
[[nodiscard]] tl::unexpected<Error> fail_errno(int error_number, std::string_view doing, std::string where = {});

/// The stable lower-case name used in logs, metrics and JSON: "timed_out".
std::string_view name_of(ErrorCode fault);

/// "where: what", or only "what".
std::string describe(const Error& error);

}  // namespace preemptd::core
