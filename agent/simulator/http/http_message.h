#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace preemptd::simulator {

struct HeaderLine {
  std::string name;
  std::string value;
};

/// A request as it came off the wire, whole.
struct HttpRequest {
  std::string method;
  std::string target;  ///< path and query, still coded
  std::vector<HeaderLine> headers;
  std::string body;
  std::uint64_t connection = 0;  ///< counts accepted connections, so that keep-alive can be seen

  /// First header of that name, without regard to case.
  std::optional<std::string_view> header(std::string_view name) const;
  std::string_view path() const;
  std::string_view query() const;
};

struct HttpReply {
  int status = 200;
  std::vector<HeaderLine> headers;
  std::string body;
};

/// How a reply reaches the client.
enum class ReplyMode {
  whole,  ///< all of it, and the connection stays open
  cut,    ///< the head and `cut_at` bytes of the body, then the connection is closed
  drip,   ///< one byte every `pace`
  reset,  ///< nothing; TCP reset
  hang,   ///< nothing, until `held` says no more; then the connection is closed
};

struct Delivery {
  Delivery() = default;
  explicit Delivery(HttpReply whole) : reply(std::move(whole)) {}

  HttpReply reply;
  core::Millis delay{0};  ///< before the first byte
  ReplyMode ending = ReplyMode::whole;
  std::size_t cut_at = 0;
  core::Millis pace{0};
  std::function<bool()> held;
};

/// Status line and headers up to the blank line (HTTP/1.1, Content-Length of the whole body).
std::string wire_head(const HttpReply& reply, bool keep_alive);

/// The reason phrase of RFC 9110, or "Unknown".
std::string_view reason_phrase(int status);

/// An HTTP Date: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(core::WallTime time);

}  // namespace preemptd::simulator
