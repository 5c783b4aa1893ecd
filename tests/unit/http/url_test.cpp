#include "http/url.h"

#include <doctest/doctest.h>

using namespace preemptd;

TEST_CASE("http: the Host header has a port only where it is not the scheme's own") {
  struct Row {
    const char* url;
    const char* host;
  };
  for (const auto& row : {Row{"http://100.100.100.200/latest", "100.100.100.200"}, Row{"http://a:80/", "a"},
                          Row{"http://a:443/", "a:443"}, Row{"https://a:443", "a"}, Row{"https://a:8443?x=1", "a:8443"},
                          Row{"HTTPS://ecs.aliyuncs.com", "ecs.aliyuncs.com"}, Row{"http://[::1]:80/", "[::1]"},
                          Row{"ftp://a/", ""}, Row{"", ""}}) {
    CAPTURE(row.url);
    CHECK(http::host_header(row.url) == row.host);
  }
}
