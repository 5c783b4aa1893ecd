#include "simulator/http/http_server.h"

#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <csignal>

#include "core/text.h"

namespace preemptd::simulator {
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeadLimit = 256 * 1024;
constexpr std::uint64_t kBodyLimit = 1024 * 1024;
constexpr std::uint64_t kReplyLimit = 64 * 1024 * 1024;
constexpr std::chrono::seconds kIdleLimit{300};
constexpr std::chrono::milliseconds kHoldStep{50};

using Parser = beast::http::request_parser<beast::http::string_body>;

auto into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

std::string text_of(beast::string_view view) {
  return {view.data(), view.size()};
}

HttpRequest taken(Parser::value_type&& message, std::uint64_t connection) {
  HttpRequest request;
  request.method = text_of(message.method_string());
  request.target = text_of(message.target());
  for (const auto& field : message) request.headers.push_back({text_of(field.name_string()), text_of(field.value())});
  request.body = std::move(message.body());
  request.connection = connection;
  return request;
}

/// The answer to a request that the parser refused, before the connection closes.
HttpReply refusal(const error_code& error) {
  const int status = error == beast::http::error::header_limit ? 431
                     : error == beast::http::error::body_limit ? 413
                                                               : 400;
  return {status, {{"Content-Type", "text/plain"}}, std::string(reason_phrase(status)) + "\n"};
}

awaitable<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  error_code error;
  co_await timer.async_wait(into(error));
}

void reset_connection(tcp::socket& socket) {
  error_code ignored;  // the client may already be gone
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

bool client_gone(tcp::socket& socket) {
  char byte = 0;
  const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

awaitable<bool> send(beast::tcp_stream& stream, std::string_view bytes) {
  error_code error;
  stream.expires_after(kIdleLimit);
  co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), into(error));
  co_return !error;
}

awaitable<bool> drip(beast::tcp_stream& stream, const std::string& bytes, core::Millis pace) {
  for (const char& byte : bytes) {
    if (client_gone(stream.socket()) || !co_await send(stream, {&byte, 1})) co_return false;
    co_await wait(pace);
  }
  co_return true;
}

/// True while the connection may carry another request.
awaitable<bool> deliver(beast::tcp_stream& stream, const Delivery& delivery, bool keep_alive, bool head_only) {
  if (delivery.delay.count() > 0) co_await wait(delivery.delay);
  if (delivery.ending == ReplyMode::reset) {
    reset_connection(stream.socket());
    co_return false;
  }
  if (delivery.ending == ReplyMode::hang) {
    while (delivery.held() && !client_gone(stream.socket())) co_await wait(kHoldStep);
    co_return false;
  }
  std::string bytes = wire_head(delivery.reply, keep_alive);
  if (!head_only)
    bytes += delivery.ending == ReplyMode::cut ? delivery.reply.body.substr(0, delivery.cut_at) : delivery.reply.body;
  if (delivery.ending == ReplyMode::drip) co_return co_await drip(stream, bytes, delivery.pace) && keep_alive;
  co_return co_await send(stream, bytes) && keep_alive&& delivery.ending == ReplyMode::whole;
}

awaitable<error_code> read_request(beast::tcp_stream& stream, beast::flat_buffer& buffer, Parser& parser) {
  parser.header_limit(kHeadLimit);
  parser.body_limit(kBodyLimit);
  error_code error;
  stream.expires_after(kIdleLimit);
  co_await beast::http::async_read_header(stream, buffer, parser, into(error));
  if (error) co_return error;
  if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    co_await send(stream, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  co_await beast::http::async_read(stream, buffer, parser, into(error));
  co_return error;
}

bool is_disconnect(const error_code& error) {
  return error == beast::http::error::end_of_stream || error == asio::error::operation_aborted ||
         error == beast::error::timeout || error.category() == boost::system::system_category();
}

awaitable<void> serve_connection(beast::tcp_stream stream, const Handler& handler, std::uint64_t connection) {
  beast::flat_buffer buffer;
  for (bool open = true; open;) {
    Parser parser;
    const error_code error = co_await read_request(stream, buffer, parser);
    if (error) {
      if (!is_disconnect(error)) co_await deliver(stream, Delivery{refusal(error)}, false, false);
      break;
    }
    const bool keep_alive = parser.get().keep_alive();
    const HttpRequest request = taken(parser.release(), connection);
    const Delivery delivery = handler(request);
    open = co_await deliver(stream, delivery, keep_alive, request.method == "HEAD");
  }
  error_code ignored;  // the client may have closed first
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

awaitable<void> accept_forever(std::shared_ptr<tcp::acceptor> acceptor, std::shared_ptr<Handler> handler) {
  for (std::uint64_t connection = 1;; ++connection) {
    error_code error;
    tcp::socket socket = co_await acceptor->async_accept(into(error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      co_await wait(kHoldStep);  // out of descriptors: those in use come back
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);
    auto session = [](tcp::socket taken_socket, std::shared_ptr<Handler> answer,
                      std::uint64_t number) -> awaitable<void> {
      co_await serve_connection(beast::tcp_stream(std::move(taken_socket)), *answer, number);
    };
    asio::co_spawn(acceptor->get_executor(), session(std::move(socket), handler, connection), asio::detached);
  }
}

std::optional<tcp::endpoint> endpoint_of(const Address& where) {
  error_code error;
  const auto ip = asio::ip::make_address(where.host, error);
  if (error) return std::nullopt;
  return tcp::endpoint(ip, where.port);
}

core::ErrorCode fault_of(const error_code& error) {
  if (error == beast::error::timeout) return core::ErrorCode::timed_out;
  return error.category() == boost::system::system_category() ? core::ErrorCode::unreachable
                                                              : core::ErrorCode::bad_reply;
}

awaitable<core::Result<HttpReply>> exchange(tcp::endpoint server, const HttpRequest& request, core::Millis limit) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(limit);
  error_code error;
  co_await stream.async_connect(server, into(error));
  if (error) co_return core::fail(fault_of(error), "cannot connect: " + error.message());

  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  co_await asio::async_write(stream, asio::buffer(bytes), into(error));
  if (error) co_return core::fail(fault_of(error), "cannot send: " + error.message());

  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(kReplyLimit);
  co_await beast::http::async_read(stream, buffer, parser, into(error));
  if (error) co_return core::fail(fault_of(error), "no answer: " + error.message());
  HttpReply reply{static_cast<int>(parser.get().result_int()), {}, std::move(parser.get().body())};
  for (const auto& field : parser.get())
    reply.headers.push_back({text_of(field.name_string()), text_of(field.value())});
  co_return reply;
}

}  // namespace

std::string Address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Address::loopback() const {
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  return !error && ip.is_loopback();
}

core::Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  Address address;
  const std::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (digits.empty() || code != std::errc() || end != digits.data() + digits.size() || !endpoint_of(address)) {
    return core::fail(core::ErrorCode::bad_input,
                      "not an address: write HOST:PORT with a numeric host, as 127.0.0.1:8080",
                      core::printable(text, 100));
  }
  return address;
}

struct HttpServer::Inside {
  asio::io_context context{1};
  asio::signal_set signals{context};
};

HttpServer::HttpServer() : inside_(std::make_unique<Inside>()) {
  inside_->signals.add(SIGTERM);
  inside_->signals.add(SIGINT);
  inside_->signals.async_wait([this](const error_code& error, int) {
    if (!error) stop();
  });
}

HttpServer::~HttpServer() = default;

core::Result<Address> HttpServer::listen(const Address& where, Handler handler) {
  const auto endpoint = endpoint_of(where);
  if (!endpoint) return core::fail(core::ErrorCode::bad_input, "not a numeric address", where.text());
  auto acceptor = std::make_shared<tcp::acceptor>(inside_->context);
  error_code error;
  acceptor->open(endpoint->protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(*endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return core::fail(core::ErrorCode::local, "cannot listen: " + error.message(), where.text());
  const auto bound = acceptor->local_endpoint(error);
  asio::co_spawn(inside_->context, accept_forever(acceptor, std::make_shared<Handler>(std::move(handler))),
                 asio::detached);
  return Address{bound.address().to_string(), bound.port()};
}

void HttpServer::run() {
  inside_->context.run();
}

void HttpServer::stop() {
  inside_->context.stop();
}

core::Result<HttpReply> http_call(const Address& server, const HttpRequest& request, core::Millis limit) {
  const auto endpoint = endpoint_of(server);
  if (!endpoint) return core::fail(core::ErrorCode::bad_input, "not a numeric address", server.text());
  asio::io_context context{1};
  core::Result<HttpReply> result = core::fail(core::ErrorCode::unreachable, "no answer", server.text());
  asio::co_spawn(context, exchange(*endpoint, request, limit),
                 [&](const std::exception_ptr&, core::Result<HttpReply> got) { result = std::move(got); });
  context.run();
  if (!result) result.error().where = server.text();
  return result;
}

}  // namespace preemptd::simulator
