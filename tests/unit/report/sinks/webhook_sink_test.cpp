#include "report/sinks/webhook_sink.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/fake_transport.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;

namespace {

const core::WallTime kWall{core::Seconds(1614265330)};

struct Posted {
  http::Request request;
  DeliveryOutcome outcome;
};

Posted deliver(WebhookOptions options) {
  auto transport = std::make_unique<fakes::FakeTransport>();
  auto* seen = transport.get();
  seen->then(204);
  options.url = core::Secret("https://ops.example/in?token=t");
  WebhookSink sink(std::move(options), std::move(transport));
  auto outcome = sink.deliver({event_called("e1"), {.late = true, .lost = 0}, core::Deadline{}, kWall});
  return {seen->requests.at(0), std::move(outcome)};
}

}  // namespace

TEST_CASE("webhook: structured by default, with the event's id for the receiver to tell repeats by") {
  const auto posted = deliver({});
  CHECK(posted.outcome == DeliveryOutcome::delivered("HTTP 204"));
  CHECK(posted.request.method == "POST");
  CHECK(posted.request.url == "https://ops.example/in?token=t");
  CHECK(fakes::header_of(posted.request, "Content-Type") == "application/cloudevents+json; charset=utf-8");
  CHECK(fakes::header_of(posted.request, "webhook-id") == "e1");
  CHECK(fakes::header_of(posted.request, "webhook-timestamp") == "1614265330");
  CHECK(fakes::header_of(posted.request, "webhook-signature") == "");
  const auto json = core::Json::parse(posted.request.body);
  CHECK(json["id"] == "e1");
  CHECK(json["late"] == true);
}

TEST_CASE("webhook: the binary mode has the data alone in its body") {
  const auto posted = deliver({.url = {}, .mode = CloudEventMode::binary, .keys = {}});
  CHECK(posted.request.body == event_called("e1").data);
  CHECK(fakes::header_of(posted.request, "Content-Type") == "application/json");
  CHECK(fakes::header_of(posted.request, "ce-specversion") == "1.0");
  CHECK(fakes::header_of(posted.request, "ce-id") == "e1");
  CHECK(fakes::header_of(posted.request, "ce-type") == "preemptd.hook.finished");
  CHECK(fakes::header_of(posted.request, "ce-late") == "true");
}

TEST_CASE("webhook: the signature covers the very bytes that are sent") {
  const auto keys = parse_webhook_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(keys);
  for (const auto mode : {CloudEventMode::structured, CloudEventMode::binary}) {
    const auto posted = deliver({.url = {}, .mode = mode, .keys = *keys});
    CHECK(fakes::header_of(posted.request, "webhook-signature") ==
          webhook_signature(*keys, "e1", kWall, posted.request.body));
  }
}

TEST_CASE("webhook: a refusal that says the request back is quoted without its secrets") {
  const auto keys = parse_webhook_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(keys);
  const std::string signature = deliver({.url = {}, .keys = *keys}).request.headers.back().value.substr(3);
  for (const std::string& secret : {std::string("canaryBearer"), std::string("/in?token=t"),
                                    std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signature}) {
    CAPTURE(secret);
    for (const std::string& said :
         {"X-Seen: " + secret, "{\"seen\":\"" + secret + "\"}", std::string(150, 'x') + secret}) {
      auto transport = std::make_unique<fakes::FakeTransport>();
      transport->then(403, said);
      const WebhookOptions options{
          .url = core::Secret("https://ops.example/in?token=t"), .keys = *keys, .bearer = core::Secret("canaryBearer")};
      WebhookSink sink(options, std::move(transport));
      const auto outcome = sink.deliver({event_called("e1"), {.late = true, .lost = 0}, core::Deadline{}, kWall});
      CHECK(outcome.kind == DeliveryOutcome::Kind::retry);
      CHECK(outcome.detail.find("***") != std::string::npos);
      CHECK(outcome.detail.find(secret.substr(0, 10)) == std::string::npos);
    }
  }
}
