#include "report/sinks/cloud_sinks.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using Kind = DeliveryOutcome::Kind;

namespace {

CloudEvent event_with(const char* type, const char* data) {
  CloudEvent event = event_called("e1", type);
  event.data = data;
  return event;
}

/// The one call that an event makes of itself.
std::optional<ecs::Call> tag_call(const std::string& prefix, const CloudEvent& event) {
  auto calls = tag_calls(prefix, {event});
  if (calls.size() != 1) return std::nullopt;
  return std::move(calls[0]);
}

Delivery delivery_of(CloudEvent event) {
  return {std::move(event), {}, core::Deadline{}, {}};
}

ecs::Result<ecs::Response> answer(const char* body) {
  std::string text = body;
  return ecs::Response{*ecs::JsonDocument::parse(std::move(text)), "req-1", {}};
}

ecs::Failure failure(core::ErrorCode fault, int status, const char* code) {
  ecs::Failure made{{fault, "the cloud says no", ""}, ecs::ServerError{}};
  made.server->http_status = status;
  made.server->code = code;
  return made;
}

}  // namespace

TEST_CASE("tag: a notice marks the instance, the end of the drain says how it went") {
  const auto seen =
      tag_call("preemptd", event_with("preemptd.notice.seen", R"({"termination_time":"2027-01-15T08:05:00Z"})"));
  REQUIRE(seen);
  CHECK(seen->action == "TagResources");
  CHECK(seen->parameters == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                            {"ResourceType", "instance"},
                                            {"ResourceId.1", "i-1"},
                                            {"Tag.1.Key", "preemptd:state"},
                                            {"Tag.1.Value", "reclaiming"},
                                            {"Tag.2.Key", "preemptd:notice"},
                                            {"Tag.2.Value", "2027-01-15T08:05:00Z"}});
  const auto finished = tag_call("ops", event_with("preemptd.drain.finished", R"({"ok":3,"skipped":0,"failed":1})"));
  REQUIRE(finished);
  CHECK(finished->parameters.at("Tag.1.Value") == "drained");
  CHECK(finished->parameters.at("Tag.2.Key") == "ops:result");
  CHECK(finished->parameters.at("Tag.2.Value") == "3 ok, 0 skipped, 1 failed");
}

TEST_CASE("tag: withdrawn or undone, the tags come off") {
  for (const char* type : {"preemptd.notice.withdrawn", "preemptd.undo.finished"}) {
    const auto call = tag_call("preemptd", event_with(type, "{}"));
    REQUIRE(call);
    CHECK(call->action == "UntagResources");
    CHECK(call->parameters.at("TagKey.1") == "preemptd:state");
    CHECK(call->parameters.at("TagKey.3") == "preemptd:result");
  }
}

TEST_CASE("tag: of several events at once the last word on each tag holds") {
  const auto seen = event_with("preemptd.notice.seen", R"({"termination_time":"2027-01-15T08:05:00Z"})");
  const auto started = event_with("preemptd.drain.started", "{}"), undone = event_with("preemptd.undo.finished", "{}");
  const auto finished = event_with("preemptd.drain.finished", R"({"ok":3,"skipped":0,"failed":1})");
  const auto hook = event_with("preemptd.hook.finished", "{}");

  const auto drained = tag_calls("preemptd", {seen, started, finished, hook});
  REQUIRE(drained.size() == 1);
  CHECK(drained[0].parameters == ecs::Parameters{{"RegionId", "cn-hangzhou"},
                                                 {"ResourceType", "instance"},
                                                 {"ResourceId.1", "i-1"},
                                                 {"Tag.1.Key", "preemptd:state"},
                                                 {"Tag.1.Value", "drained"},
                                                 {"Tag.2.Key", "preemptd:notice"},
                                                 {"Tag.2.Value", "2027-01-15T08:05:00Z"},
                                                 {"Tag.3.Key", "preemptd:result"},
                                                 {"Tag.3.Value", "3 ok, 0 skipped, 1 failed"}});
  const auto off = tag_calls("preemptd", {seen, finished, undone});
  REQUIRE(off.size() == 1);
  CHECK(off[0].action == "UntagResources");
  const auto again = tag_calls("preemptd", {finished, undone, seen});
  REQUIRE(again.size() == 2);
  CHECK(again[0].action == "UntagResources");
  CHECK(again[1].parameters.at("Tag.1.Value") == "reclaiming");
  CHECK(again[1].parameters.count("Tag.3.Key") == 0);
}

TEST_CASE("tag: what travels in an event is told with it, and the first call that fails is the outcome") {
  std::vector<std::string> actions;
  TagSink sink("preemptd",
               [&](const std::string& region, const ecs::Call& call, core::Deadline) -> ecs::Result<ecs::Response> {
                 CHECK(region == "cn-hangzhou");
                 actions.push_back(call.action);
                 if (actions.size() == 1)
                   return tl::unexpected(failure(core::ErrorCode::throttled, 400, "Throttling.User"));
                 return answer("{}");
               });
  CloudEvent nowhere = event_with("preemptd.agent.blind", "{}");
  nowhere.source = source_of("", "i-1");
  auto delivery = delivery_of(nowhere);
  delivery.remarks.merged = {event_with("preemptd.undo.finished", "{}"), event_with("preemptd.notice.seen", "{}")};
  CHECK(sink.deliver(delivery).kind == Kind::retry);
  CHECK(sink.deliver(delivery).kind == Kind::delivered);
  CHECK(actions == std::vector<std::string>{"UntagResources", "UntagResources", "TagResources"});
}

TEST_CASE("tag: hooks, rehearsals and an unknown instance change no tag, and ask nobody") {
  CloudEvent unknown = event_with("preemptd.notice.seen", "{}");
  unknown.subject.clear();
  CloudEvent nowhere = event_with("preemptd.notice.seen", "{}");
  nowhere.source = source_of("", "i-1");
  for (const auto& event : {event_with("preemptd.hook.finished", "{}"), event_with("preemptd.agent.started", "{}"),
                            event_with("preemptd.notice.seen", R"({"rehearsal":true})"), unknown, nowhere}) {
    int calls = 0;
    TagSink sink("preemptd", [&](const std::string&, const ecs::Call&, core::Deadline) {
      ++calls;
      return answer("{}");
    });
    CHECK(sink.deliver(delivery_of(event)).kind == Kind::delivered);
    CHECK(calls == 0);
  }
}

TEST_CASE("cloudmonitor: the event goes out whole, with its own time") {
  ecs::Call seen;
  std::string region;
  CloudMonitorSink sink(42, [&](const std::string& in, const ecs::Call& call, core::Deadline) {
    region = in;
    seen = call;
    return answer(R"({"Code":"200","Message":"success"})");
  });
  CHECK(sink.deliver(delivery_of(event_called("e1"))) == DeliveryOutcome::delivered("request req-1"));
  CHECK(region == "cn-hangzhou");
  CHECK(seen.action == "PutCustomEvent");
  CHECK(seen.product.name == "metrics");
  CHECK(seen.parameters.at("EventInfo.1.EventName") == "preemptd.hook.finished");
  CHECK(seen.parameters.at("EventInfo.1.Time") == "20270115T080000.123+0000");
  CHECK(seen.parameters.at("EventInfo.1.GroupId") == "42");
  CHECK(core::Json::parse(seen.parameters.at("EventInfo.1.Content"))["id"] == "e1");
}

TEST_CASE("cloudmonitor: a code other than 200 inside an HTTP 200 is a no") {
  CloudMonitorSink sink(0, [](const std::string&, const ecs::Call&, core::Deadline) {
    return answer(R"({"Code":"403","Message":"no such group"})");
  });
  CHECK(sink.deliver(delivery_of(event_called("e1"))) ==
        DeliveryOutcome::retry("CloudMonitor says 403: no such group"));
}

TEST_CASE("cloud sinks: what the cloud answers decides what happens next") {
  using core::ErrorCode;
  const struct {
    ecs::Failure failure;
    Kind kind;
  } cases[] = {{failure(ErrorCode::throttled, 400, "Throttling.User"), Kind::retry},
               {failure(ErrorCode::denied, 403, "Forbidden.RAM"), Kind::retry},
               {failure(ErrorCode::refused, 404, "InvalidResourceId.NotFound"), Kind::permanent},
               {failure(ErrorCode::refused, 400, "InvalidParameter"), Kind::permanent},
               {ecs::Failure{{ErrorCode::unreachable, "no route", ""}, {}}, Kind::retry},
               {ecs::Failure{{ErrorCode::untrusted, "the server's certificate is not trusted", ""}, {}}, Kind::retry},
               {ecs::Failure{{ErrorCode::timed_out, "too slow", ""}, {}}, Kind::retry}};
  for (const auto& c : cases) {
    CAPTURE(c.failure.error.what);
    CHECK(outcome_of(ecs::Result<ecs::Response>(tl::unexpected(c.failure))).kind == c.kind);
  }
}
