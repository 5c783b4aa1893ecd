#include "http/address_guard.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace preemptd;

namespace {

bool refused(const std::string& text) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    REQUIRE(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
    v6.sin6_family = AF_INET6;
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return http::is_refused_for_webhooks(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

TEST_CASE("http: webhooks do not reach the metadata service or link-local addresses, however written") {
  for (const char* address : {"100.100.100.200", "169.254.169.254", "169.254.0.1", "0.0.0.0", "::", "fe80::1",
                              "febf::1", "::ffff:100.100.100.200", "::ffff:169.254.1.1", "64:ff9b::6464:64c8"}) {
    CAPTURE(address);
    CHECK(refused(address));
  }
}

TEST_CASE("http: webhooks reach ordinary addresses, private and loopback ones too") {
  for (const char* address : {"100.100.100.201", "10.0.0.1", "127.0.0.1", "203.0.113.7", "::1", "2001:db8::1",
                              "::ffff:203.0.113.7", "fec0::1"}) {
    CAPTURE(address);
    CHECK_FALSE(refused(address));
  }
}
