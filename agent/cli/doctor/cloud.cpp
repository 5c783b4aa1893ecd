#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/command/checks.h"
#include "cli/host/agent_at_work.h"
#include "core/json.h"
#include "core/text.h"
#include "ecs/instances/own_instance.h"
#include "ecs/instances/tags.h"
#include "http/curl_transport.h"
#include "metadata/metadata_client.h"
#include "metadata/platform.h"
#include "node/api_options.h"
#include "node/metadata_options.h"
#include "node/node_credentials.h"
#include "node/service_account.h"
#include "node/sink_factory.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::Result;

constexpr std::uint32_t kMetadataAddress = 100U << 24 | 100U << 16 | 100U << 8 | 200U;
constexpr core::Millis kMuchClockError = core::Seconds(5);

/// "wg0", "tun1", "tailscale0": a VPN that took the whole of 100.64.0.0/10, the metadata service's addresses included.
bool looks_like_vpn(const std::string& interface) {
  for (const char* prefix : {"tun", "tap", "wg", "tailscale", "utun", "zt", "nebula"}) {
    if (interface.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

CheckResult check_platform() {
  switch (metadata::detect_platform()) {
    case metadata::Platform::alibaba_cloud: return {"platform", Finding::ok, "Alibaba Cloud ECS", ""};
    case metadata::Platform::elsewhere:
      return {"platform", Finding::warn, "this machine is no Alibaba Cloud ECS instance",
              "there is nothing to watch here; rehearsals work"};
    case metadata::Platform::unknown: break;
  }
  return {"platform", Finding::warn, "the firmware does not say where this is", ""};
}

/// Asks once the way a program would that knows nothing of tokens.
CheckResult check_token_mode(http::HttpTransport& transport, const config::Metadata& settings) {
  http::Request request;
  request.url = settings.url + "/latest/meta-data/instance-id";
  const auto reply = transport.send(request, core::Deadline::after(core::BootClock::now(), settings.timeout));
  if (!reply) return {"token-mode", Finding::warn, core::redact(core::describe(reply.error())), ""};
  if (reply->status == 401 || reply->status == 403)
    return {"token-mode", Finding::ok, "the metadata service insists on a token", ""};
  return {"token-mode", Finding::warn, "the metadata service answers without a token, too",
          "set the instance's HttpTokens to required: whoever can make a program here fetch an address gets the role's "
          "keys"};
}

CheckResult check_route() {
  const auto table = sys::read_file("/proc/net/route", 1024 * 1024);
  const auto interface = interface_for(table && *table ? **table : "", kMetadataAddress);
  if (interface.empty())
    return {"route", Finding::warn, "there is no route to 100.100.100.200",
            "the metadata service cannot be reached this way"};
  if (looks_like_vpn(interface))
    return {"route", Finding::fail, "100.100.100.200 goes through " + interface,
            "take 100.100.100.200/32 out of the VPN's routes: it hides the metadata service"};
  return {"route", Finding::ok, "100.100.100.200 goes through " + interface, ""};
}

/// The cloud as the agent would ask it, one look each.
class CloudLook {
 public:
  CloudLook(const config::Config& config, http::HttpTransport& metadata, http::HttpTransport& api)
      : config_(config),
        metadata_(metadata),
        api_(api),
        client_(metadata, core::system_clock(), node::metadata_options(config.metadata)) {}

  std::vector<CheckResult> look() {
    check_metadata();
    if (!identity_.instance_id.empty()) check_role();
    if (!config_.control.enabled)
      add("api", Finding::warn, "the second source is switched off", "control.enabled = true");
    else if (!identity_.instance_id.empty())
      check_api();
    return std::move(checks_);
  }

 private:
  void add(std::string name, Finding finding, std::string what, std::string advice = "") {
    checks_.push_back({std::move(name), finding, std::move(what), std::move(advice)});
  }
  void check_metadata();
  void check_role();
  void check_api();
  void check_tagging(ecs::Client& client);

  const config::Config& config_;
  http::HttpTransport& metadata_;
  http::HttpTransport& api_;
  metadata::MetadataClient client_;
  core::Identity identity_;
  std::vector<CheckResult> checks_;
};

void CloudLook::check_metadata() {
  identity_ = {config_.control.instance_id, config_.control.region, "", ""};
  const auto identity = client_.identity();
  if (!identity)
    return add("metadata", Finding::fail, core::redact(core::describe(identity.error().error)),
               "the first source of notices is out of reach");
  identity_ = *identity;
  add("metadata", Finding::ok, identity_.instance_id + "  " + identity_.instance_type + "  " + identity_.zone_id);
  checks_.push_back(check_token_mode(metadata_, config_.metadata));
  const auto answer = client_.termination_time();
  if (!answer) return add("termination-time", Finding::fail, core::redact(core::describe(answer.error().error)));
  const bool pending = std::holds_alternative<metadata::TerminatesAt>(answer->answer);
  add("termination-time", pending ? Finding::warn : Finding::ok,
      pending ? "the cloud is taking this instance back" : "nobody takes this instance back");
  if (!answer->server_date) return;
  const core::Millis error = core::system_clock().wall_now() - *answer->server_date;
  const bool much = std::abs(error.count()) > kMuchClockError.count();
  add("clock", much ? Finding::warn : Finding::ok,
      "local time is " + spoken(error.count()) + " off the cloud's, give or take a second",
      much ? "notices are corrected by it, signatures fail beyond 15 minutes: set up NTP" : "");
}

void CloudLook::check_role() {
  const auto role = client_.role_name();
  if (!role) return add("role", Finding::fail, core::redact(core::describe(role.error().error)));
  if (!*role)
    return add("role", Finding::warn, "no RAM role is attached",
               "attach one with the policy that preemptctl policy prints, or the API cannot be asked");
  add("role", Finding::ok, core::printable(**role, 120));
}

void CloudLook::check_api() {
  const auto credentials = node::make_node_credentials(client_);
  const std::string region = config_.control.region.empty() ? identity_.region_id : config_.control.region;
  ecs::Client client(node::api_client_options(config_.control, region),
                     ecs::ClientDependencies{api_, *credentials, core::system_clock(), {}, {}, {}});
  const auto by = core::Deadline::after(core::BootClock::now(), config_.control.timeout);
  const auto seen = ecs::describe_own_instance(client, region, identity_.instance_id, by);
  if (!seen) {
    const bool denied = seen.error().error.code == core::ErrorCode::denied;
    return add("api", Finding::fail, core::redact(core::describe(seen.error().error)),
               denied ? "let the role call ecs:DescribeInstances: preemptctl policy"
                      : "the second source of notices is out of reach");
  }
  if (!seen->instance)
    return add("api", Finding::fail, "the API does not list " + identity_.instance_id, "is control.region right?");
  add("api", Finding::ok,
      "ecs:DescribeInstances is allowed; the instance is " + core::printable(seen->instance->status, 40));
  const auto& strategy = seen->instance->spot_strategy;
  const bool spot = !strategy.empty() && !core::equal_ignoring_case(strategy, "NoSpot");
  add("spot", spot ? Finding::ok : Finding::warn, spot ? core::printable(strategy, 40) : "this is no spot instance",
      spot ? "" : "it is never taken back; preemptctl drain works all the same");
  check_tagging(client);
}

/// Taking away a tag that is never set proves the right and changes nothing.
void CloudLook::check_tagging(ecs::Client& client) {
  for (const auto& sink : config_.sinks) {
    if (!sink.enabled || sink.type != "tag") continue;
    const auto by = core::Deadline::after(core::BootClock::now(), config_.control.timeout);
    const auto done =
        ecs::untag_resources(client, {"instance", {identity_.instance_id}}, {sink.prefix + ":doctor"}, by);
    add("permission " + sink.name, done ? Finding::ok : Finding::fail,
        done ? "ecs:UntagResources is allowed" : core::redact(core::describe(done.error().error)),
        done ? "" : "let the role call ecs:TagResources and ecs:UntagResources: preemptctl policy");
  }
}

}  // namespace

std::string interface_for(std::string_view route_table, std::uint32_t address) {
  std::string best;
  int best_bits = -1;
  for (const auto line : core::split(route_table, '\n')) {
    std::vector<std::string_view> fields;
    for (const auto field : core::split(line, '\t')) fields.push_back(core::trim(field));
    if (fields.size() < 8) continue;
    std::uint32_t destination = 0, mask = 0;
    const auto read = [](std::string_view hex, std::uint32_t& into) {
      return std::from_chars(hex.data(), hex.data() + hex.size(), into, 16).ec == std::errc{};
    };
    if (!read(fields[1], destination) || !read(fields[7], mask)) continue;  // the heading
    const auto swapped = __builtin_bswap32(address);  // the table has network order, read as little endian
    const int bits = __builtin_popcount(mask);
    if ((swapped & mask) != destination || bits <= best_bits) continue;
    best_bits = bits;
    best = core::printable(fields[0], 40);
  }
  return best;
}

std::vector<CheckResult> check_cloud(const config::Config& config) {
  std::vector<CheckResult> checks{check_platform()};
  if (config.metadata.url.find("100.100.100.200") != std::string::npos) checks.push_back(check_route());
  const auto metadata = node::make_metadata_transport();
  const auto api = http::make_curl_transport(node::api_transport_options(config.control));
  if (!metadata || !api) {
    checks.push_back({"network", Finding::fail, core::describe(metadata ? api.error() : metadata.error()), ""});
    return checks;
  }
  for (auto& check : CloudLook(config, **metadata, **api).look()) checks.push_back(std::move(check));
  return checks;
}

CheckResult check_sink(const config::Sink& sink) {
  const std::string name = "sink " + sink.name;
  if (sink.url.empty())
    return {name, Finding::ok, sink.type + "; try it with: preemptctl report test " + sink.name, ""};
  const auto transport = node::make_sink_transport(sink);
  if (!transport) return {name, Finding::fail, core::describe(transport.error()), "correct [sink." + sink.name + "]"};
  http::Request request;
  request.method = "HEAD";
  request.url = sink.url;
  const auto reply = (*transport)->send(request, core::Deadline::after(core::BootClock::now(), sink.timeout));
  if (reply) return {name, Finding::ok, core::redact_url(sink.url) + " answers", ""};
  return {name, Finding::fail, core::redact(reply.error().what), "reports wait on the disk until it answers"};
}

std::vector<CheckResult> check_sinks(const config::Config& config) {
  const auto made = node::make_sinks(config);
  std::vector<CheckResult> checks;
  for (const auto& sink : config.sinks) {
    if (!sink.enabled) continue;
    const auto unusable = std::find(made.unusable.begin(), made.unusable.end(), sink.name);
    if (unusable == made.unusable.end()) {
      checks.push_back(check_sink(sink));
      continue;
    }
    const auto& error = made.errors[static_cast<std::size_t>(unusable - made.unusable.begin())];
    checks.push_back({"sink " + sink.name, Finding::fail, core::redact(core::describe(error)),
                      "its reports wait on the disk until that is right"});
  }
  for (const auto& error : node::secrets_out_of_reach(config))
    checks.push_back({"sinks", Finding::fail, core::describe(error), node::kHowToGiveSecrets});
  if (checks.empty())
    checks.push_back(
        {"sinks", Finding::warn, "no sink is enabled: reports go nowhere", "add one: preemptd.toml(5), [sink.NAME]"});
  return checks;
}

std::vector<CheckResult> check_agent(const config::Config& config) {
  const auto status = read_status(config.paths.run);
  if (!status) return {{"agent", Finding::fail, core::describe(status.error()), "systemctl start preemptd.service"}};
  if (!is_running(*status))
    return {{"agent", Finding::fail, "preemptd does not run", "systemctl start preemptd.service"}};
  const bool blind = core::bool_at(*status, "blind").value_or(false);
  std::vector<CheckResult> checks{{"agent", blind ? Finding::fail : Finding::ok,
                                   core::printable(core::string_at(*status, "line").value_or("running"), 300), ""}};
  if (const auto why = core::string_at(*status, "no_drain"))
    checks.push_back({"drain", Finding::fail, core::printable(*why, 300), ""});
  if (const auto& files = core::member_at(*status, "changed_files"); files.is_array() && !files.empty())
    checks.push_back({"settings", Finding::warn,
                      std::to_string(files.size()) + " files have changed since the agent read them",
                      "systemctl reload preemptd"});
  for (const auto& fault : core::member_at(*status, "faults"))
    if (fault.is_string())
      checks.push_back({"agent", Finding::fail, core::printable(fault.get<std::string>(), 300), ""});
  return checks;
}

}  // namespace preemptd::cli
