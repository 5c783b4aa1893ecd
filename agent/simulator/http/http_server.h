#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

/// Where to listen: a numeric address and a port, 0 for any free one.
struct Address {
  std::string host;
  std::uint16_t port = 0;
  std::string text() const;  ///< "127.0.0.1:8080", "[::1]:8080"
  bool loopback() const;
};

/// "HOST:PORT" or "[v6]:PORT"; "localhost" is 127.0.0.1. bad_input for anything else.
core::Result<Address> parse_address(std::string_view text);

/// Answers one request. Must not block.
using Handler = std::function<Delivery(const HttpRequest&)>;

/// An HTTP/1.1 server for one thread: any number of addresses, keep-alive, request lines and heads of up to 256 KiB,
/// bodies of up to 1 MiB, and replies spoiled as their Delivery says.
class HttpServer {
 public:
  /// From here on SIGTERM and SIGINT end run() instead of the process.
  HttpServer();
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds at once and returns where, the chosen port included; serves while run() runs. local when it cannot bind.
  core::Result<Address> listen(const Address& where, Handler handler);

  /// Serves until one of these signals, also one that came before, or stop().
  void run();
  void stop();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// One request to a plain HTTP server, over by `limit`. Any reply is a value; unreachable, timed_out or bad_reply
/// otherwise.
core::Result<HttpReply> http_call(const Address& server, const HttpRequest& request, core::Millis limit);

}  // namespace preemptd::simulator
