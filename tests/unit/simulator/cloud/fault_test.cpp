#include "simulator/cloud/fault.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/fake_clock.h"
#include "simulator/admin/dispatcher.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;
using core::Json;

namespace {

const core::WallTime kNow{core::Seconds(1'800'000'000)};

struct Services {
  fakes::FakeClock machine;
  CloudClock clock{machine};
  World world{Setup{}, clock.now()};
  Dispatcher front{world, clock};

  void tell(const Json& spec) { world.faults.set(*parse_fault(spec, clock.now()), clock.now()); }
  Delivery get(const std::string& item = "instance-id") {
    HttpRequest request;
    request.method = "GET";
    request.target = "/latest/meta-data/" + item;
    return front.metadata(request);
  }
  Delivery call() {
    HttpRequest request;
    request.method = "GET";
    request.target = "/?Action=DescribeInstances&Version=2014-05-26&Format=JSON";
    return front.api(request);
  }
};

}  // namespace

TEST_CASE("simulator: what POST /fault refuses") {
  for (const char* spec :
       {R"({})", R"({"target":"disk","kind":"slow"})", R"({"target":"api","kind":"flood"})",
        R"({"target":"api","kind":"status","value":99})", R"({"target":"api","kind":"slow","value":-1})",
        R"({"target":"api","kind":"slow","value":"soon"})", R"({"target":"api","kind":"clock"})",
        R"({"target":"api","kind":"hang","for_seconds":-1})", R"({"target":"api","kind":"hang","times":0})",
        R"({"target":"api","kind":"hang","for_seconds":"10"})", R"({"target":"api","kind":"status","value":"503"})"}) {
    CAPTURE(spec);
    CHECK_FALSE(parse_fault(Json::parse(spec), kNow));
  }
}

TEST_CASE("simulator: a fault strikes its target for its time, its item and its count") {
  Services services;
  services.tell({{"target", "metadata"}, {"kind", "status"}, {"value", 503}, {"for_seconds", 10}});
  CHECK(services.get().reply.status == 503);
  CHECK(services.call().reply.status == 400);
  services.machine.advance(core::Seconds(10));
  CHECK(services.get().reply.status == 200);

  services.tell({{"target", "metadata"}, {"kind", "empty"}, {"only", "spot/termination-time"}});
  CHECK(services.get().reply.body != "");
  CHECK(services.get("instance/spot/termination-time").reply.body == "");

  services.tell({{"target", "metadata"}, {"kind", "reset"}, {"times", 1}});
  CHECK(services.get().ending == ReplyMode::reset);
  CHECK(services.get().ending == ReplyMode::whole);
}

TEST_CASE("simulator: what each kind of fault does to an answer") {
  Services services;
  const auto struck = [&](Json spec) {
    services.world.faults.clear();
    spec["target"] = "metadata";
    services.tell(spec);
    return services.get();
  };
  CHECK(struck({{"kind", "slow"}, {"value", 250}}).delay == core::Millis(250));
  CHECK(struck({{"kind", "slow"}, {"value", "2s"}}).delay == core::Seconds(2));
  CHECK(struck({{"kind", "hang"}}).ending == ReplyMode::hang);
  CHECK(struck({{"kind", "status"}}).reply.status == 500);
  CHECK(struck({{"kind", "garbage"}, {"value", "soon"}}).reply.body == "soon");
  CHECK(struck({{"kind", "garbage"}, {"value", 42}}).reply.body == "42");
  CHECK(struck({{"kind", "truncate"}, {"value", 3}}).cut_at == 3);
  CHECK(struck({{"kind", "huge"}, {"value", 100'000}}).reply.body.size() == 100'000);
  CHECK(struck({{"kind", "redirect"}}).reply.status == 302);
  CHECK(struck({{"kind", "empty"}}).reply.body.empty());
  CHECK(struck({{"kind", "throttle"}}).reply.status == 429);
  CHECK(struck({{"kind", "drip"}, {"value", 5}}).pace == core::Millis(5));
}

TEST_CASE("simulator: the API's faults speak its language") {
  Services services;
  services.tell({{"target", "api"}, {"kind", "throttle"}, {"value", 700}});
  const Delivery throttled = services.call();
  CHECK(Json::parse(throttled.reply.body).at("Code") == "Throttling.User");
  services.tell({{"target", "api"}, {"kind", "throttle"}, {"value", "Throttling.Api"}});
  CHECK(Json::parse(services.call().reply.body).at("Code") == "Throttling.Api");
  CHECK(std::any_of(throttled.reply.headers.begin(), throttled.reply.headers.end(),
                    [](const auto& h) { return h.name == "x-acs-retry-after" && h.value == "700"; }));
  services.tell({{"target", "api"}, {"kind", "status"}, {"value", 503}});
  CHECK(Json::parse(services.call().reply.body).at("Code") == "ServiceUnavailable");
  services.tell({{"target", "api"}, {"kind", "status"}, {"value", 502}});
  CHECK(services.call().reply.body.starts_with("<html>"));
}

TEST_CASE("simulator: a hang ends with its fault") {
  Services services;
  services.tell({{"target", "metadata"}, {"kind", "hang"}, {"for_seconds", 5}});
  const Delivery first = services.get();
  CHECK(first.held());
  services.machine.advance(core::Seconds(5));
  CHECK_FALSE(first.held());
  services.tell({{"target", "metadata"}, {"kind", "hang"}});
  const Delivery second = services.get();
  CHECK(second.held());
  services.world.faults.clear();
  CHECK_FALSE(second.held());
}

TEST_CASE("simulator: a wrong clock shows in Date and ends with its fault") {
  Services services;
  const auto date = [&] {
    const Delivery delivery = services.get();
    return std::find_if(delivery.reply.headers.begin(), delivery.reply.headers.end(),
                        [](const auto& h) { return h.name == "Date"; })
        ->value;
  };
  CHECK(date() == http_date(services.clock.now()));
  services.tell({{"target", "metadata"}, {"kind", "clock"}, {"value", -3600}, {"for_seconds", 5}});
  CHECK(date() == http_date(services.clock.now() - core::Seconds(3600)));
  services.machine.advance(core::Seconds(5));
  CHECK(date() == http_date(services.clock.now()));
}

TEST_CASE("simulator: the request log says what was asked and what came of it") {
  Services services;
  services.tell({{"target", "metadata"}, {"kind", "reset"}, {"times", 1}});
  services.get();
  services.call();
  const Json log = services.front.log().to_json(0, 100, "");
  REQUIRE(log.at("requests").size() == 2);
  CHECK(log.at("requests")[0].at("fault") == "reset");
  CHECK(log.at("requests")[0].at("status") == 0);
  CHECK(log.at("requests")[1].at("action") == "DescribeInstances");
  CHECK(log.at("requests")[1].at("code") == "MissingAccessKeyId");
  CHECK(services.front.log().to_json(1, 100, "metadata").at("requests").empty());
}

TEST_CASE("simulator: an HTTP date") {
  CHECK(http_date(core::WallTime(core::Seconds(784'111'777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
