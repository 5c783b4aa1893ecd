#include <nlohmann/json.hpp>

#include "core/json_repair.h"
#include "ecs/base/failure.h"
#include "ecs/base/json_value.h"
#include "ecs/client/client.h"
#include "ecs/credentials/static_credentials.h"
#include "ecs/instances/instance.h"
#include "ecs/instances/launch.h"
#include "ecs/spot/spot_prices.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {
namespace {

/// Two readers of the same text: what the strict one reads, ours reads, too.
void compare(std::string_view input) {
  const auto document = ecs::JsonDocument::parse(std::string(input));
  const auto strict = nlohmann::json::parse(input, nullptr, false);
  if (strict.is_discarded()) return;
  const auto depth_is_ours = [&] { return !document && document.error().what.find("deep") != std::string::npos; };
  require(document.has_value() || depth_is_ours(), "a JSON text is read");
  if (!document) return;
  require(document->root().is_object() == strict.is_object(), "an object is one");
  require(document->root().is_array() == strict.is_array(), "a list is one");
}

}  // namespace

void fuzz(std::string_view input) {
  const bool refused = input.starts_with("!");
  if (refused) input.remove_prefix(1);
  compare(input);
  const http::Reply reply{refused ? 400 : 200,
                          {{"Content-Type", input.starts_with("<") ? "text/xml" : "application/json"}},
                          std::string(input)};
  ecs::parse_server_error(reply);
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  net.otherwise = [&](const http::Request&) { return core::Result<http::Reply>(reply); };
  ecs::StaticCredentials key{{"id", core::Secret("s"), {}, "fuzz"}};
  ecs::ClientOptions options;
  options.region = "cn-hangzhou";
  options.retries.attempts = 1;
  ecs::Client client(options, {net, key, clock, {}, {}, {}});
  const auto by = core::Deadline::after(clock.boot, core::Seconds(10));
  ecs::InstanceQuery query;
  query.ids = {"i-1"};
  static_cast<void>(ecs::describe_instances(client, query, by));
  static_cast<void>(ecs::describe_instance_status(client, {"i-1"}, by));
  static_cast<void>(ecs::describe_spot_advice(client, {}, by));
  static_cast<void>(ecs::run_instances(client, ecs::run_instances_call(client, {}), by));
}

}  // namespace preemptd::fuzz
