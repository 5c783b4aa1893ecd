#include "sys/service_notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "fakes/temp_folder.h"
#include "sys/fd.h"

using namespace preemptd;
using sys::ServiceNotify;

namespace {

/// The manager's end of the protocol.
class FakeManager {
 public:
  explicit FakeManager(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  std::string next() {
    std::array<char, 1024> buffer;
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  sys::Fd fd_;
};

}  // namespace

TEST_CASE("notify: each call is one datagram, and the environment is cleaned for children") {
  fakes::TempFolder folder;
  const std::string path = "/tmp/preemptd-notify-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  FakeManager manager(path);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  auto notify = ServiceNotify::from_environment();
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
  notify.ready("watching\nwell");
  CHECK(manager.next() == "READY=1\nSTATUS=watching\\nwell");
  notify.watchdog();
  CHECK(manager.next() == "WATCHDOG=1");
  notify.stopping();
  CHECK(manager.next() == "STOPPING=1");
  notify.reloading();
  CHECK(manager.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  ::unlink(path.c_str());
}

TEST_CASE("notify: without a manager, calls do nothing") {
  ::unsetenv("NOTIFY_SOCKET");
  auto notify = ServiceNotify::from_environment();
  CHECK_FALSE(notify.present());
  notify.ready("x");
}

TEST_CASE("notify: the watchdog's limit counts only when it is set for this process") {
  const auto limit = [](const char* micros, const std::string& pid) {
    ::setenv("WATCHDOG_USEC", micros, 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return ServiceNotify::from_environment().watchdog_limit();
  };
  CHECK(limit("30000000", "") == core::Seconds(30));
  CHECK(limit("30000000", std::to_string(::getpid())) == core::Seconds(30));
  CHECK(limit("30000000", "1") == std::nullopt);
  CHECK(limit("0", "") == std::nullopt);
  CHECK(limit("3s", "") == std::nullopt);
}
