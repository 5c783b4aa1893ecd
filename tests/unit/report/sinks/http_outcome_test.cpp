#include "report/sinks/http_outcome.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace preemptd::report;
using Kind = DeliveryOutcome::Kind;

TEST_CASE("http outcome: what each status means for the next step") {
  const struct {
    int status;
    Kind kind;
  } cases[] = {{200, Kind::delivered}, {201, Kind::delivered}, {202, Kind::delivered}, {204, Kind::delivered},
               {301, Kind::retry},     {302, Kind::retry},     {400, Kind::permanent}, {401, Kind::retry},
               {403, Kind::retry},     {404, Kind::retry},     {408, Kind::retry},     {410, Kind::gone},
               {413, Kind::permanent}, {415, Kind::permanent}, {422, Kind::permanent}, {425, Kind::retry},
               {429, Kind::retry},     {500, Kind::retry},     {502, Kind::retry},     {503, Kind::retry},
               {504, Kind::retry},     {100, Kind::retry}};
  for (const auto& c : cases) {
    CAPTURE(c.status);
    const auto outcome = outcome_of(http::Reply{c.status, {}, {}});
    CHECK(outcome.kind == c.kind);
    CHECK(outcome.detail.starts_with("HTTP " + std::to_string(c.status)));
  }
}

TEST_CASE("http outcome: Retry-After in whole seconds is heeded, anything else is not guessed at") {
  const struct {
    const char* value;
    std::optional<core::Millis> after;
  } cases[] = {{"3600", core::Seconds(3600)},
               {" 5 ", core::Seconds(5)},
               {"0", core::Seconds(0)},
               {"-1", std::nullopt},
               {"1.5", std::nullopt},
               {"99999999999999", std::nullopt},
               {"", std::nullopt},
               {"Wed, 21 Oct 2026 07:28:00 GMT", std::nullopt}};
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(outcome_of(http::Reply{429, {{"retry-after", c.value}}, {}}).after == c.after);
  }
}

TEST_CASE("http outcome: no answer is tried again, whatever the reason: a missing CA file comes back, too") {
  using core::ErrorCode;
  for (const ErrorCode fault : {ErrorCode::unreachable, ErrorCode::timed_out, ErrorCode::untrusted,
                                ErrorCode::bad_reply, ErrorCode::local, ErrorCode::bad_input}) {
    CHECK(outcome_of(core::fail(fault, "why")) == DeliveryOutcome::retry("why"));
  }
}

TEST_CASE("http outcome: what a refusal says is passed on, short and printable") {
  const auto detail = outcome_of(http::Reply{401, {}, "bad\x1b[31m signature"}).detail;
  CHECK(detail.find("; it says: bad") != std::string::npos);
  CHECK(detail.find('\x1b') == std::string::npos);
  CHECK(outcome_of(http::Reply{500, {}, std::string(100'000, 'x')}).detail.size() < 300);
  CHECK(outcome_of(http::Reply{200, {}, "ok"}).detail == "HTTP 200");
}

TEST_CASE("http outcome: a refusal that echoes a key is quoted without it, wherever it stands") {
  Redactor own;
  own.add("s3cret-key");
  CHECK(outcome_of(http::Reply{403, {}, "bad key s3cret-key"}, own).detail.ends_with("it says: bad key ***"));
  CHECK(outcome_of(http::Reply{403, {}, std::string(155, 'x') + "s3cret-key"}, own).detail.find("s3cr") ==
        std::string::npos);
  CHECK(outcome_of(http::Reply{403, {}, "Authorization: Bearer abc"})
            .detail.ends_with("it says: Authorization: Bearer=***"));
  CHECK(outcome_of(core::fail(core::ErrorCode::bad_reply, "odd: Bearer abc")).detail == "odd: Bearer=***");
}
