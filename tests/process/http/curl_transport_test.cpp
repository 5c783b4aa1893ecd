#include "http/curl_transport.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "fakes/raw_server.h"

using namespace preemptd;
using core::ErrorCode;
using fakes::raw_reply;
using fakes::RawAnswer;
using fakes::RawServer;

namespace {

std::unique_ptr<http::HttpTransport> transport(http::Schemes schemes = http::Schemes::http_and_https,
                                               http::Reach reach = http::Reach::anywhere) {
  http::CurlOptions options;
  options.schemes = schemes;
  options.reach = reach;
  auto made = http::make_curl_transport(options);
  REQUIRE(made.has_value());
  return std::move(*made);
}

core::Deadline soon(int millis = 5000) {
  return core::Deadline::after(core::BootClock::now(), core::Millis{millis});
}

http::Request get(const std::string& url) {
  http::Request request;
  request.url = url;
  return request;
}

ErrorCode fault_for(std::deque<RawAnswer> script, std::size_t limit = 64 * 1024, int millis = 5000) {
  RawServer server(std::move(script));
  auto request = get(server.url());
  request.reply_limit = limit;
  const auto reply = transport()->send(request, soon(millis));
  REQUIRE_FALSE(reply.has_value());
  return reply.error().code;
}

}  // namespace

TEST_CASE("http: any answer is a value, with its status, headers and body") {
  RawServer server(
      {raw_reply("404 Not Found", "gone", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), raw_reply("500 Oops", "")});
  auto net = transport();
  const auto reply = net->send(get(server.url("/a?b=c")), soon());
  REQUIRE(reply.has_value());
  CHECK(reply->status == 404);
  CHECK(reply->body == "gone");
  CHECK(reply->header("date") == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(server.requests()[0].starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(net->send(get(server.url()), soon())->status == 500);
}

TEST_CASE("http: a redirect is an answer and is not followed") {
  RawServer server({raw_reply("302 Found", "", "Location: http://127.0.0.1:1/\r\n")});
  CHECK(transport()->send(get(server.url()), soon())->status == 302);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("http: the answer to HEAD has no body, whatever length it tells of") {
  RawServer server({RawAnswer{"HTTP/1.1 405 No\r\nContent-Length: 357\r\n\r\n"}, raw_reply("200 OK", "a"),
                    raw_reply("200 OK", "b")});
  auto net = transport();
  http::Request request = get(server.url());
  request.method = "HEAD";
  const auto reply = net->send(request, soon());
  REQUIRE(reply.has_value());
  CHECK(reply->status == 405);
  request.method = "POST";
  request.body = "x";
  CHECK(net->send(request, soon())->body == "a");
  CHECK(net->send(get(server.url()), soon())->body == "b");
  CHECK(server.connections() == 1);
  CHECK(server.requests()[0].starts_with("HEAD / HTTP/1.1\r\n"));
}

TEST_CASE("http: requests share one connection, whatever their method") {
  RawServer server({raw_reply("200 OK", "a"), raw_reply("200 OK", "b"), raw_reply("200 OK", "c")});
  auto net = transport();
  http::Request put;
  put.method = "PUT";
  put.url = server.url("/put");
  put.headers = {{"X-One", "1"}};
  http::Request post = put;
  post.method = "POST";
  post.body = std::string("a\0b", 3);
  post.headers = {{"Content-Type", "text/x"}, {"X-Empty", ""}};
  CHECK(net->send(put, soon())->body == "a");
  CHECK(net->send(get(server.url()), soon())->body == "b");
  CHECK(net->send(post, soon())->body == "c");
  CHECK(server.connections() == 1);
  const auto seen = server.requests();
  CHECK(seen[0].starts_with("PUT /put HTTP/1.1\r\n"));
  CHECK(seen[0].find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(seen[0].find("X-One: 1\r\n") != std::string::npos);
  CHECK(seen[0].find("Content-Type") == std::string::npos);
  CHECK(seen[1].starts_with("GET / HTTP/1.1\r\n"));
  CHECK(seen[1].find("X-One") == std::string::npos);
  CHECK(seen[1].find("Content-Length") == std::string::npos);
  CHECK(seen[2].find("Content-Type: text/x\r\n") != std::string::npos);
  CHECK(seen[2].find("X-Empty:\r\n") != std::string::npos);
  CHECK(seen[2].find("Expect") == std::string::npos);
  CHECK(seen[2].ends_with(std::string("a\0b", 3)));
}

TEST_CASE("http: a body longer than allowed is refused, chunked or not") {
  CHECK(fault_for({raw_reply("200 OK", std::string(11, 'x'))}, 10) == ErrorCode::bad_reply);
  CHECK(fault_for({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"}},
                  10) == ErrorCode::bad_reply);
  RawServer server({raw_reply("200 OK", std::string(10, 'x'))});
  auto request = get(server.url());
  request.reply_limit = 10;
  CHECK(transport()->send(request, soon())->body.size() == 10);
}

TEST_CASE("http: no answer, half an answer and nonsense are told apart") {
  CHECK(fault_for({{"", true}}) == ErrorCode::unreachable);
  CHECK(fault_for({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true}}) == ErrorCode::bad_reply);
  CHECK(fault_for({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nab", true}}) == ErrorCode::bad_reply);
  CHECK(fault_for({{"hello there\r\n\r\n", true}}) == ErrorCode::bad_reply);
  CHECK(transport()->send(get("http://127.0.0.1:1/"), soon()).error().code == ErrorCode::unreachable);
}

TEST_CASE("http: the whole exchange ends by its deadline, and the next one has a fresh connection") {
  RawServer server({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na", false}, raw_reply("200 OK", "b")});
  auto net = transport();
  const auto before = core::BootClock::now();
  CHECK(net->send(get(server.url()), soon(100)).error().code == ErrorCode::timed_out);
  CHECK(core::BootClock::now() - before < core::Seconds(3));
  CHECK(net->may_have_arrived());
  CHECK(net->send(get(server.url()), soon())->body == "b");
  CHECK(server.connections() == 2);
}

TEST_CASE("http: a deadline in the past sends nothing") {
  RawServer server({});
  CHECK(transport()->send(get(server.url()), soon(-1)).error().code == ErrorCode::timed_out);
  CHECK(server.connections() == 0);
}

TEST_CASE("http: what would split a header or a URL is never sent") {
  RawServer server({});
  auto net = transport();
  for (const auto& header :
       {http::Header{"X", "a\r\nY: b"}, http::Header{"X\n", "a"}, http::Header{"", "a"}, http::Header{"X Y", "a"},
        http::Header{"X", std::string("a\0b", 3)}, http::Header{"X", "a\x7f"}}) {
    auto request = get(server.url());
    request.headers = {header};
    CHECK(net->send(request, soon()).error().code == ErrorCode::bad_input);
  }
  for (const std::string url : {"file:///etc/passwd", "", "http:///", "http://a b/", "http://a/\n"}) {
    CAPTURE(url);
    CHECK(net->send(get(url), soon()).error().code == ErrorCode::bad_input);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("http: plain HTTP is refused where only TLS is allowed") {
  RawServer server({});
  CHECK(transport(http::Schemes::https_only)->send(get(server.url()), soon()).error().code == ErrorCode::bad_input);
  CHECK(server.connections() == 0);
}

TEST_CASE("http: a failure says whether the request may have arrived") {
  auto net = transport();
  CHECK_FALSE(net->send(get("http://127.0.0.1:1/"), soon()).has_value());
  CHECK_FALSE(net->may_have_arrived());
  RawServer server({{"", true}});
  CHECK_FALSE(net->send(get(server.url()), soon()).has_value());
  CHECK(net->may_have_arrived());
}

TEST_CASE("http: proxies of the environment are not used") {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("all_proxy", "http://127.0.0.1:1", 1);
  RawServer server({raw_reply("200 OK", "direct")});
  CHECK(transport()->send(get(server.url()), soon())->body == "direct");
  unsetenv("http_proxy");
  unsetenv("all_proxy");
}

TEST_CASE("http: a webhook's transport does not connect to the metadata service") {
  auto net = transport(http::Schemes::http_and_https, http::Reach::not_the_metadata_service);
  for (const char* url :
       {"http://100.100.100.200/", "http://1684301000/", "http://169.254.1.1/", "http://[::ffff:100.100.100.200]/"}) {
    CAPTURE(url);
    CHECK(net->send(get(url), soon(500)).error().code == ErrorCode::bad_input);
  }
  RawServer server({raw_reply("200 OK", "fine")});
  CHECK(net->send(get(server.url()), soon())->body == "fine");
}

TEST_CASE("http: behind a proxy addresses cannot be checked, so the two do not go together") {
  http::CurlOptions options;
  options.reach = http::Reach::not_the_metadata_service;
  options.proxy = "http://127.0.0.1:3128";
  CHECK(http::make_curl_transport(options).error().code == ErrorCode::bad_input);
}
