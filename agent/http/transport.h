#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::http {

struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  std::size_t reply_limit = 64 * 1024;  ///< bytes of body; more is ErrorCode::bad_reply, whatever Content-Length said
};

struct Reply {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  /// First header of that name, without regard to case.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// The seam to the network. One object belongs to one thread and keeps its connections alive between calls.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// Any answer the server gave is a value, whatever its status; redirects are answers and are never followed. An Error
  /// means there was no usable answer: unreachable (no route, refused, reset, TLS), timed_out (the whole exchange did
  /// not end by `by`), bad_reply (cut short, or larger than reply_limit), bad_input (a header or URL that may not be
  /// sent).
  virtual core::Result<Reply> send(const Request& request, core::Deadline by) = 0;

  /// After a failed send: whether the server may have received the request. False when no connection came about.
  virtual bool may_have_arrived() const { return true; }
};

}  // namespace preemptd::http
