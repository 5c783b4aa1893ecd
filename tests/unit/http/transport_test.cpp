#include "http/transport.h"

#include <doctest/doctest.h>

using namespace preemptd;

TEST_CASE("http: a reply's header is found without regard to case, the first one of a name") {
  const http::Reply reply{200, {{"Date", "x"}, {"X-A", "1"}, {"x-a", "2"}}, ""};
  CHECK(reply.header("x-A") == "1");
  CHECK(reply.header("date") == "x");
  CHECK_FALSE(reply.header("Dat").has_value());
}
