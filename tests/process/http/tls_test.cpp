#include <doctest/doctest.h>

#include "fakes/raw_server.h"
#include "fakes/relay.h"
#include "fakes/temp_folder.h"
#include "fakes/tls_server.h"
#include "http/curl_transport.h"
#include "http/trust.h"

using namespace preemptd;
using core::ErrorCode;
using fakes::make_identity;
using fakes::TlsServer;

namespace {

/// A throw-away authority, and a transport that trusts it alone.
struct World {
  fakes::TempFolder folder;
  fakes::Identity authority = make_identity({"a throw-away authority", ""});
  std::string ca_file = folder.write("ca.pem", fakes::pem_of(authority));

  fakes::Identity server_identity(fakes::Wanted wanted = {"server", "IP:127.0.0.1"}) const {
    return make_identity(wanted, &authority);
  }
  core::Result<http::Reply> ask(const TlsServer& server, const std::string& trusted) {
    http::CurlOptions options;
    options.ca_file = trusted;
    net = *http::make_curl_transport(options);
    return again(server);
  }
  core::Result<http::Reply> again(const TlsServer& server) {
    http::Request request;
    request.url = server.url();
    return net->send(request, core::Deadline::after(core::BootClock::now(), core::Seconds(10)));
  }
  std::unique_ptr<http::HttpTransport> net;
};

void check_refused(const core::Result<http::Reply>& reply, const TlsServer& server, const std::string& because,
                   ErrorCode fault = ErrorCode::untrusted, int requests = 0) {
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().code == fault);
  CAPTURE(reply.error().what);
  CHECK(reply.error().what.find(because) != std::string::npos);
  CHECK(server.requests() == requests);
}

core::Result<http::Reply> ask_through(http::HttpTransport& net, const std::string& url) {
  http::Request request;
  request.url = url;
  return net.send(request, core::Deadline::after(core::BootClock::now(), core::Seconds(10)));
}

}  // namespace

TEST_CASE("http: a server that the CA file vouches for is spoken to, over one connection") {
  World world;
  TlsServer server(world.server_identity());
  CHECK(world.ask(server, world.ca_file)->body == "secure");
  CHECK(world.again(server)->body == "secure");
  CHECK(server.connections() == 1);
}

TEST_CASE("http: TLS 1.2 is enough, and nothing older is spoken") {
  World world;
  TlsServer enough(world.server_identity(), TLS1_2_VERSION);
  CHECK(world.ask(enough, world.ca_file)->body == "secure");
  TlsServer old(world.server_identity(), TLS1_1_VERSION);
  check_refused(world.ask(old, world.ca_file), old, "TLS 1.2 or newer could not be agreed on", ErrorCode::unreachable);
}

TEST_CASE("http: a server of an authority nobody knows is refused, and the sentence says what to do") {
  World world;
  TlsServer server(world.server_identity());
  check_refused(world.ask(server, ""), server, "the server's certificate is not trusted");
  const auto stranger = make_identity({"another authority", ""});
  check_refused(world.ask(server, world.folder.write("other.pem", fakes::pem_of(stranger))), server,
                "give its authority as ca_file");
}

TEST_CASE("http: a certificate for another host is refused") {
  World world;
  TlsServer server(world.server_identity({"127.0.0.1", "DNS:ecs.cn-hangzhou.aliyuncs.com"}));
  check_refused(world.ask(server, world.ca_file), server, "the server's certificate is not trusted");
}

TEST_CASE("http: a certificate out of its time is refused, with a word about the clock") {
  World world;
  TlsServer expired(world.server_identity({"server", "IP:127.0.0.1", -7200, -3600}));
  check_refused(world.ask(expired, world.ca_file), expired, "this machine's clock");
  TlsServer early(world.server_identity({"server", "IP:127.0.0.1", 3600, 7200}));
  check_refused(world.ask(early, world.ca_file), early, "this machine's clock");
}

TEST_CASE("http: a CA file that cannot be read is the operator's mistake, and is named") {
  World world;
  TlsServer server(world.server_identity());
  for (const auto& file : {world.folder / "missing.pem", world.folder.write("empty.pem", "no certificate\n")}) {
    const auto reply = world.ask(server, file);
    REQUIRE_FALSE(reply.has_value());
    CAPTURE(reply.error().what);
    CHECK(reply.error().code == ErrorCode::bad_input);
    CHECK(reply.error().what.find(file) != std::string::npos);
  }
  CHECK(server.requests() == 0);
}

TEST_CASE("http: a server that speaks no TLS is told apart from silence") {
  World world;
  fakes::RawServer server({fakes::raw_reply("400 Bad Request", "")});
  http::CurlOptions options;
  auto net = *http::make_curl_transport(options);
  http::Request request;
  request.url = "https" + server.url().substr(4);
  const auto reply = net->send(request, core::Deadline::after(core::BootClock::now(), core::Millis{1000}));
  REQUIRE_FALSE(reply.has_value());
  CHECK_FALSE(net->may_have_arrived());
}

TEST_CASE("http: a folder of certificates under their hashes is known as one") {
  fakes::TempFolder folder;
  CHECK_FALSE(http::is_hashed_trust_folder(folder.path()));
  CHECK_FALSE(http::is_hashed_trust_folder(folder / "missing"));
  folder.write("ca-certificates.crt", "");
  folder.write("NotAHash.0", "");
  CHECK_FALSE(http::is_hashed_trust_folder(folder.path()));
  folder.write("5ed36f99.0", "");
  CHECK(http::is_hashed_trust_folder(folder.path()));
}

TEST_CASE("http: a proxy is asked by the whole URL where one is set") {
  fakes::RawServer proxy({fakes::raw_reply("200 OK", "by proxy")});
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.proxy = proxy.url("");
  auto net = *http::make_curl_transport(options);
  http::Request request;
  request.url = "http://ecs.example/?Action=x";
  CHECK(net->send(request, core::Deadline::after(core::BootClock::now(), core::Seconds(5)))->body == "by proxy");
  CHECK(proxy.requests().front().starts_with("GET http://ecs.example/?Action=x HTTP/1.1\r\nHost: ecs.example\r\n"));
}

TEST_CASE("http: through a proxy TLS is spoken with the server itself, in a tunnel") {
  World world;
  TlsServer server(world.server_identity({"server", "DNS:ecs.example"}));
  fakes::Relay proxy(server.port(), fakes::Relay::Start::tunnel);
  http::CurlOptions options;
  options.ca_file = world.ca_file;
  options.proxy = "http://" + proxy.address();
  auto net = *http::make_curl_transport(options);
  const auto reply = ask_through(*net, "https://ecs.example/?Action=x");
  REQUIRE(reply.has_value());
  CHECK(reply->body == "secure");
  CHECK_FALSE(reply->header("Via").has_value());
  CHECK(proxy.heard().starts_with("CONNECT ecs.example:443 HTTP/1.1\r\n"));
  CHECK(proxy.heard().find("Action=x") == std::string::npos);
  net = *http::make_curl_transport(options);  // the server speaks over one connection at a time
  check_refused(ask_through(*net, "https://other.example/"), server, "the server's certificate is not trusted",
                ErrorCode::untrusted, 1);
  CHECK_FALSE(net->may_have_arrived());
}

TEST_CASE("http: where a proxy refuses the tunnel, nothing has arrived, and the proxy is named") {
  fakes::RawServer proxy({fakes::raw_reply("407 Proxy Authentication Required", "who are you")});
  http::CurlOptions options;
  options.proxy = proxy.url("");
  auto net = *http::make_curl_transport(options);
  const auto reply = ask_through(*net, "https://ecs.example/?Action=RunInstances");
  REQUIRE_FALSE(reply.has_value());
  CAPTURE(reply.error().what);
  CHECK(reply.error().code == ErrorCode::unreachable);
  CHECK_FALSE(net->may_have_arrived());
  CHECK(reply.error().what.find("the proxy refused with status 407") != std::string::npos);
}
