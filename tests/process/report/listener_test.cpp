#include "report/metrics/listener.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "fakes/loopback_listener.h"

using namespace preemptd;
using namespace preemptd::report;

namespace {

/// Everything a loopback server sends until it closes.
std::string exchange(int port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto to = fakes::loopback(static_cast<std::uint16_t>(port));
  std::string reply;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    [[maybe_unused]] const auto sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char buffer[4096];
    for (ssize_t got = ::read(fd, buffer, sizeof buffer); got > 0; got = ::read(fd, buffer, sizeof buffer)) {
      reply.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return reply;
}

std::string get(const std::string& path, const std::string& method = "GET") {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

struct World {
  std::unique_ptr<sys::Loop> loop = *sys::Loop::open();
  std::unique_ptr<Listener> listener;

  World() {
    auto opened = Listener::open(*loop, "127.0.0.1:0", [](std::string_view path) {
      return path == "/healthz" ? Page{503, "text/plain", "blind\n"}
                                : Page{200, "text/plain", "page " + std::string(path) + "\n"};
    });
    REQUIRE(opened);
    listener = std::move(*opened);
  }

  /// Asks from another thread while the loop turns.
  std::string ask(const std::string& request) {
    std::string reply;
    std::atomic<bool> done = false;
    std::thread client([&] {
      reply = exchange(listener->port(), request);
      done = true;
    });
    while (!done) {
      const auto tick = loop->after(core::Millis(2), [this] { loop->stop(); });
      loop->run();
    }
    client.join();
    return reply;
  }
};

}  // namespace

TEST_CASE("listener: its pages come from the loop, with their status") {
  World world;
  const auto metrics = world.ask(get("/metrics"));
  CHECK(metrics.starts_with("HTTP/1.1 200"));
  CHECK(metrics.ends_with("page /metrics\n"));
  CHECK(world.ask(get("/healthz")).starts_with("HTTP/1.1 503"));
}

TEST_CASE("listener: it reads nothing else and changes nothing") {
  World world;
  CHECK(world.ask(get("/")).starts_with("HTTP/1.1 404"));
  CHECK(world.ask(get("/../etc/passwd")).find("root:") == std::string::npos);
  CHECK(world.ask(get("/metrics", "POST")).find("page ") == std::string::npos);
  CHECK(world.ask(get("/metrics", "DELETE")).find("page ") == std::string::npos);
  CHECK_FALSE(world.ask("rubbish\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK_FALSE(world.ask("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("listener: a loop that does not turn is not healthy") {
  World world;
  CHECK(exchange(world.listener->port(), get("/healthz")).starts_with("HTTP/1.1 503"));
}

TEST_CASE("listener: a taken port and a wrong address are said") {
  World world;
  const auto render = [](std::string_view) { return Page{}; };
  CHECK_FALSE(Listener::open(*world.loop, "127.0.0.1:" + std::to_string(world.listener->port()), render));
  for (const char* address : {"", "9273", ":9273", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                              "::1:9273", "192.0.2.1:9273"}) {
    CAPTURE(address);
    CHECK_FALSE(Listener::open(*world.loop, address, render));
  }
}
