#include "watch/advice.h"

#include <doctest/doctest.h>

using namespace preemptd;
using core::ErrorCode;

TEST_CASE("watch: each trouble says what still watches and what to do, on one line") {
  for (const auto source : {core::Source::metadata, core::Source::operation_lock}) {
    for (const auto fault : {ErrorCode::unreachable, ErrorCode::timed_out, ErrorCode::untrusted, ErrorCode::denied,
                             ErrorCode::throttled, ErrorCode::refused, ErrorCode::bad_reply}) {
      const std::string text = watch::advice_for(source, {fault, "it\nfailed", "GET x"}, true);
      CAPTURE(text);
      CHECK(text.find("GET x: it\\nfailed; watching goes on through") == 0);
      CHECK(text.find('\n') == std::string::npos);
    }
  }
  CHECK(watch::advice_for(core::Source::operation_lock, {ErrorCode::denied, "Forbidden.RAM", ""}, true)
            .find("ecs:DescribeInstances") != std::string::npos);
}

TEST_CASE("watch: an untrusted certificate needs somebody, so the advice is not to wait") {
  for (const auto source : {core::Source::metadata, core::Source::operation_lock}) {
    const std::string text = watch::advice_for(source, {ErrorCode::untrusted, "self-signed", "GET x"}, true);
    CAPTURE(text);
    CHECK(text.find("asking again") == std::string::npos);
    CHECK(text.find("check ") != std::string::npos);
  }
}

TEST_CASE("watch: a trouble of the only source that watches says so") {
  CHECK(watch::advice_for(core::Source::metadata, {ErrorCode::timed_out, "no answer", "GET x"}, false)
            .find("nothing else watches") != std::string::npos);
}
