#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utc.h"
#include "simulator/metadata/metadata_service.h"
#include "unit/simulator/simulated.h"

using namespace preemptd;
using namespace preemptd::simulator;

namespace {

struct Metadata {
  tests::Cloud cloud;
  MetadataService service{cloud.world};

  HttpReply send(const std::string& method, const std::string& path, std::vector<HeaderLine> headers = {},
                 core::Millis clock_error = core::Millis{0}) {
    HttpRequest request;
    request.method = method;
    request.target = path;
    request.headers = std::move(headers);
    return service.answer(request, {cloud.now, clock_error});
  }
  int status(const std::string& path, std::vector<HeaderLine> headers = {}) {
    return send("GET", path, std::move(headers)).status;
  }
  std::string get(const std::string& item) { return send("GET", "/latest/meta-data/" + item).body; }
  HttpReply token(std::vector<HeaderLine> headers) { return send("PUT", "/latest/api/token", std::move(headers)); }
};

const HeaderLine kTtl{"x-aliyun-ecs-metadata-token-ttl-seconds", "60"};

}  // namespace

TEST_CASE("simulator: a metadata token opens hardened mode until its time is over") {
  Metadata metadata;
  metadata.cloud.world.fleet.find(metadata.cloud.own())->metadata.token_required = true;
  CHECK(metadata.status("/latest/meta-data/instance-id") == 403);
  const HttpReply token = metadata.token({kTtl});
  REQUIRE(token.status == 200);
  const HeaderLine shown{"X-Aliyun-Ecs-Metadata-Token", token.body};
  CHECK(metadata.status("/latest/meta-data/instance-id", {shown}) == 200);
  CHECK(metadata.status("/latest/meta-data/instance-id", {{shown.name, "other"}}) == 401);
  metadata.cloud.pass(core::Seconds(60));
  CHECK(metadata.status("/latest/meta-data/instance-id", {shown}) == 401);
}

TEST_CASE("simulator: what the token endpoint refuses") {
  struct Row {
    std::vector<HeaderLine> headers;
    int status;
  };
  const Row rows[] = {{{}, 400},
                      {{{kTtl.name, "0"}}, 400},
                      {{{kTtl.name, "21601"}}, 400},
                      {{{kTtl.name, "1h"}}, 400},
                      {{{kTtl.name, "21600"}}, 200},
                      {{{kTtl.name, "1"}}, 200},
                      {{kTtl, {"X-Forwarded-For", "10.0.0.1"}}, 403}};
  Metadata metadata;
  for (const auto& row : rows) CHECK(metadata.token(row.headers).status == row.status);
  CHECK(metadata.send("GET", "/latest/api/token").status == 405);
  metadata.cloud.world.knobs.token_endpoint = false;
  CHECK(metadata.token({kTtl}).status == 404);
}

TEST_CASE("simulator: a disabled metadata service refuses everything") {
  Metadata metadata;
  metadata.cloud.world.fleet.find(metadata.cloud.own())->metadata.enabled = false;
  CHECK(metadata.token({kTtl}).status == 403);
  CHECK(metadata.status("/latest/meta-data/instance-id") == 403);
}

TEST_CASE("simulator: metadata items, folders and the document") {
  Metadata metadata;
  CHECK(metadata.get("instance-id") == metadata.cloud.own());
  CHECK(metadata.send("GET", "/2016-01-01/meta-data/region-id").body == "cn-hangzhou");
  CHECK(metadata.get("dns-conf/nameservers") == "100.100.2.136\r\n100.100.2.138");
  CHECK(metadata.get("ram/security-credentials/") == std::string(kOwnRole));
  CHECK(metadata.get("instance/").find("instance-type\n") != std::string::npos);
  CHECK(metadata.get("").find("instance/\n") != std::string::npos);
  CHECK(metadata.status("/latest/meta-data/nothing") == 404);
  CHECK(metadata.status("/latest/user-data") == 404);
  CHECK(metadata.status("/2019-01-01/meta-data/instance-id") == 404);
  CHECK(metadata.send("POST", "/latest/meta-data/instance-id").status == 405);
  const auto document = core::Json::parse(metadata.send("GET", "/latest/dynamic/instance-identity/document").body);
  CHECK(document.at("instance-id") == metadata.cloud.own());
  CHECK(core::Json::parse(metadata.get("all")).at("instance").at("instance-type") == "ecs.g7.large");
}

TEST_CASE("simulator: the termination time is there from the notice to its withdrawal, by the server's clock") {
  Metadata metadata;
  const std::string path = "/latest/meta-data/instance/spot/termination-time";
  CHECK(metadata.status(path) == 404);
  Instance& own = *metadata.cloud.world.fleet.find(metadata.cloud.own());
  metadata.cloud.world.fleet.reclaim(own, {.at = metadata.cloud.now + core::Seconds(300), .comeback = {}});
  CHECK(metadata.send("GET", path).body == core::format_utc(metadata.cloud.now + core::Seconds(300)));
  CHECK(metadata.send("GET", path, {}, core::Seconds(60)).body ==
        core::format_utc(metadata.cloud.now + core::Seconds(360)));
  metadata.cloud.world.fleet.withdraw(own);
  CHECK(metadata.status(path) == 404);
}

TEST_CASE("simulator: role credentials are ones the API accepts, and gone with the role") {
  Metadata metadata;
  const std::string path = "ram/security-credentials/" + std::string(kOwnRole);
  const auto body = core::Json::parse(metadata.get(path));
  CHECK(body.at("Code") == "Success");
  const AccessKey* key = metadata.cloud.world.keys.find(body.at("AccessKeyId").get<std::string>());
  REQUIRE(key != nullptr);
  CHECK(key->token.reveal() == body.at("SecurityToken").get<std::string>());
  CHECK(metadata.get(path) == metadata.get(path));
  metadata.cloud.world.fleet.find(metadata.cloud.own())->role.clear();
  CHECK(metadata.status("/latest/meta-data/ram/security-credentials/") == 404);
  CHECK(metadata.status("/latest/meta-data/" + path) == 404);
}
