#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "fakes/fake_clock.h"
#include "simulator/admin/admin_service.h"
#include "simulator/admin/dispatcher.h"
#include "simulator/api/signature.h"
#include "simulator/cloud/digest.h"

using namespace preemptd;
using namespace preemptd::simulator;
using core::Json;

namespace {

constexpr const char* kImage = "aliyun_3_x64_20G_alibase_20250629.vhd";

/// Both services and the admin interface over one world, with the machine's clock moved by hand.
struct Stand {
  fakes::FakeClock machine;
  CloudClock clock{machine};
  World world{Setup{}, clock.now()};
  Dispatcher front{world, clock};
  AdminService admin{world, front};
  int nonces = 0;

  Stand() { world.keys.add(*parse_access_key("id:secret")); }

  /// A signed GET of this action.
  Json call(const std::string& action, Parameters parameters, const std::string& version = "2014-05-26") {
    return Json::parse(body(action, std::move(parameters), version, "JSON"));
  }
  std::string body(const std::string& action, Parameters parameters, const std::string& version,
                   const std::string& format) {
    parameters.merge(Parameters{{"Action", action},
                                {"Version", version},
                                {"Format", format},
                                {"AccessKeyId", "id"},
                                {"SignatureMethod", "HMAC-SHA1"},
                                {"SignatureVersion", "1.0"},
                                {"SignatureNonce", std::to_string(++nonces)},
                                {"Timestamp", core::format_utc(clock.now())}});
    parameters["Signature"] = hmac_sha1_base64("secret&", v1_string_to_sign("GET", parameters));
    HttpRequest request;
    request.method = "GET";
    request.target = "/?" + canonical_form(parameters);
    return front.api(request).reply.body;
  }
  std::string code(const std::string& action, Parameters parameters, const std::string& version = "2014-05-26") {
    return call(action, std::move(parameters), version).value("Code", "");
  }

  HttpReply tell(const std::string& method, const std::string& path, const Json& body = Json::object()) {
    HttpRequest request;
    request.method = method;
    request.target = path;
    request.body = body.dump();
    return admin.answer(request);
  }
  Json told(const std::string& what, const Json& body) { return Json::parse(tell("POST", "/" + what, body).body); }
  Json state() { return Json::parse(tell("GET", "/state").body); }
};

Parameters launch(Parameters more) {
  more.merge(Parameters{{"RegionId", "cn-hangzhou"}, {"ImageId", kImage}, {"InstanceType", "ecs.g7.large"}});
  return more;
}

}  // namespace

TEST_CASE("simulator: the same ClientToken is carried out once, for a day") {
  Stand stand;
  const Parameters wanted = launch({{"ClientToken", "t"}});
  const Json first = stand.call("RunInstances", wanted), second = stand.call("RunInstances", wanted);
  CHECK(first.at("InstanceIdSets") == second.at("InstanceIdSets"));
  CHECK(first.at("RequestId") != second.at("RequestId"));
  CHECK(stand.code("RunInstances", launch({{"ClientToken", "t"}, {"Amount", "2"}})) == "IdempotentParameterMismatch");
  stand.machine.advance(std::chrono::hours(24));
  CHECK(stand.call("RunInstances", wanted).at("InstanceIdSets") != first.at("InstanceIdSets"));
}

TEST_CASE("simulator: a refused creation does not use its ClientToken up") {
  Stand stand;
  stand.told("set", {{"stock", {{"ecs.g7.large", 0}}}});
  const Parameters wanted = launch({{"ClientToken", "t"}});
  CHECK(stand.code("RunInstances", wanted) == "OperationDenied.NoStock");
  stand.told("set", {{"stock", {{"ecs.g7.large", nullptr}}}});
  CHECK(stand.code("RunInstances", wanted) == "");
}

TEST_CASE("simulator: a quota throttles its action alone, until its window has passed") {
  Stand stand;
  stand.told("set", {{"quota", {{"DescribeRegions", {{"calls", 2}, {"per_seconds", 60}}}}}});
  CHECK(stand.code("DescribeRegions", {}) == "");
  stand.machine.advance(core::Seconds(10));
  CHECK(stand.code("DescribeRegions", {}) == "");
  CHECK(stand.code("DescribeRegions", {}) == "Throttling.User");
  CHECK(stand.code("DescribeZones", {{"RegionId", "cn-hangzhou"}}) == "");
  stand.machine.advance(core::Seconds(50));
  CHECK(stand.code("DescribeRegions", {}) == "");
  CHECK(stand.code("DescribeRegions", {}) == "Throttling.User");
}

TEST_CASE("simulator: what is not permitted is refused in the product's own words") {
  Stand stand;
  stand.told("set", {{"deny", {"TagResources", "AssumeRole"}}});
  const Json denied = stand.call("TagResources", {});
  CHECK(denied.at("Code") == "Forbidden.RAM");
  CHECK(denied.at("AccessDeniedDetail").at("AuthAction") == "ecs:TagResources");
  CHECK(stand.code("AssumeRole", {}, "2015-04-01") == "NoPermission");
}

TEST_CASE("simulator: what is wrong with a call, in the order it is found") {
  Stand stand;
  CHECK(stand.code("NoSuchThing", {}) == "InvalidAction.NotFound");
  CHECK(stand.code("AssumeRole", {}) == "InvalidAction.NotFound");
  CHECK(stand.code("DescribeRegions", {}, "1999-01-01") == "InvalidVersion");
  CHECK(stand.code("DescribeInstances", {}) == "MissingParameter");
  CHECK(stand.code("DescribeInstances", {{"RegionId", "xx-none"}}) == "InvalidRegionId.NotFound");
  CHECK(stand.code("DescribeInstanceAttribute", {{"InstanceId", "i-none"}}) == "InvalidInstanceId.NotFound");
  const Json error = stand.call("DescribeInstances", {});
  for (const char* name : {"RequestId", "HostId", "Code", "Message", "Recommend"}) CHECK(error.at(name).is_string());
}

TEST_CASE("simulator: the request log has the error code of an answer in either format") {
  Stand stand;
  for (const std::string format : {"JSON", "XML"}) {
    CAPTURE(format);
    REQUIRE(stand.body("DescribeInstances", {}, "2014-05-26", format).starts_with(format == "XML" ? "<" : "{"));
    const Json logged = Json::parse(stand.tell("GET", "/requests").body).at("requests").back();
    CHECK(logged.at("code") == "MissingParameter");
  }
}

TEST_CASE("simulator: null lifts what a setting holds for one thing, or for all") {
  Stand stand;
  stand.told("set", {{"stock", {{"ecs.g7.large", 0}, {"ecs.c7.large", 0}}}, {"deny", {"DescribeZones"}}});
  CHECK(stand.told("set", {{"stock", {{"ecs.g7.large", nullptr}}}}).at("stock").size() == 1);
  stand.told("set", {{"quota", {{"DescribeRegions", {{"calls", 0}}}}}, {"locks", {"security"}}});
  const Json settings =
      stand.told("set", {{"stock", nullptr}, {"quota", nullptr}, {"deny", nullptr}, {"locks", nullptr}});
  for (const char* name : {"stock", "quota", "deny", "locks"}) CHECK(settings.at(name).empty());
}

TEST_CASE("simulator: a public image is known by the names of today and of 2017") {
  Stand stand;
  for (const char* image : {"debian_11_7_x64_20G_alibase_20230718.vhd", "ubuntu1404_64_40G_cloudinit_20160727.raw",
                            "win2008_64_ent_r2_zh-cn_40G_alibase_20160622.vhd"}) {
    CAPTURE(image);
    CHECK(stand.code("RunInstances",
                     {{"RegionId", "cn-hangzhou"}, {"ImageId", image}, {"InstanceType", "ecs.g7.large"}}) == "");
  }
  CHECK(stand.code("RunInstances",
                   {{"RegionId", "cn-hangzhou"}, {"ImageId", "my.raw"}, {"InstanceType", "ecs.g7.large"}}) ==
        "InvalidImageId.NotFound");
}

TEST_CASE("simulator: settings are changed all together or not at all") {
  Stand stand;
  CHECK(stand.tell("POST", "/set", {{"deny", {"RunInstances"}}, {"transition_ms", -1}}).status == 400);
  CHECK(stand.state().at("settings").at("deny").empty());
  CHECK(stand.tell("POST", "/set", {{"unknown", 1}}).status == 400);
  CHECK(stand.told("set", {{"role", nullptr}}).at("role").is_null());
  CHECK(stand.world.own().role.empty());
}

TEST_CASE("simulator: a reclaim through the admin interface ends on a whole second and shows where it was told to") {
  Stand stand;
  stand.machine.advance(core::Millis(250));
  const Json told = stand.told("reclaim", {{"notice_seconds", 30}, {"behavior", "stop"}, {"sources", {"metadata"}}});
  CHECK(told.at("termination_time") == core::format_utc(stand.clock.now() + core::Seconds(30) + core::Millis(750)));
  CHECK(told.at("instance_id") == stand.world.own().id);
  const Json seen = stand.call("DescribeInstances", {{"RegionId", "cn-hangzhou"}});
  CHECK(seen.at("Instances").at("Instance")[0].at("OperationLocks").at("LockReason").empty());
  CHECK(stand.told("withdraw", Json::object()).at("withdrawn") == true);
  CHECK(stand.told("withdraw", Json::object()).at("withdrawn") == false);
}

TEST_CASE("simulator: what the admin interface refuses") {
  Stand stand;
  CHECK(stand.tell("POST", "/reclaim", {{"instance_id", "i-none"}}).status == 404);
  CHECK(stand.tell("POST", "/reclaim", {{"notice_seconds", "soon"}}).status == 400);
  CHECK(stand.tell("POST", "/reclaim", {{"notice_seconds", -1}}).status == 400);
  CHECK(stand.tell("POST", "/reclaim", {{"behavior", "hibernate"}}).status == 400);
  CHECK(stand.tell("POST", "/reclaim", {{"sources", {"rumour"}}}).status == 400);
  CHECK(stand.tell("POST", "/fault", {{"target", "api"}, {"kind", "status"}, {"value", "many"}}).status == 400);
  CHECK(stand.tell("GET", "/reclaim").status == 404);
  CHECK(stand.tell("POST", "/reset", {{"only", "half"}}).status == 400);
}

TEST_CASE("simulator: a reset puts everything back but the credentials already handed out") {
  Stand stand;
  stand.call("RunInstances", launch({{"Amount", "3"}}));
  stand.told("reclaim", {{"notice_seconds", 1}});
  stand.told("fault", {{"target", "metadata"}, {"kind", "hang"}});
  stand.told("set", {{"deny", {"DescribeZones"}}});
  stand.machine.advance(core::Seconds(10));
  CHECK(stand.state().at("instance").at("status") == "Gone");
  CHECK(stand.tell("POST", "/reset", {{"only", "faults"}}).status == 200);
  CHECK(stand.state().at("faults").empty());
  CHECK(stand.state().at("instance").at("status") == "Gone");
  const Json state = stand.told("reset", Json::object());
  CHECK(state.at("instance").at("status") == "Running");
  CHECK(state.at("instance").at("notice").is_null());
  CHECK(state.at("instances") == 1);
  CHECK(stand.code("DescribeZones", {{"RegionId", "cn-hangzhou"}}) == "");
}
