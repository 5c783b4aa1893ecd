#include "cli/ecs/session.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "cli/command/settings.h"
#include "cli/ecs/advice.h"
#include "cli/ecs/show_request.h"
#include "cli/terminal/confirm.h"
#include "core/text.h"
#include "ecs/credentials/default_chain.h"
#include "ecs/signing/digest.h"
#include "http/curl_transport.h"
#include "metadata/platform.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

/// Longer than this the fastest look at a metadata service that is not there must not take.
constexpr core::Millis kGlance{300};

core::Result<std::unique_ptr<http::HttpTransport>> transport(const std::string& proxy, const std::string& ca_file) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.proxy = proxy;
  options.ca_file = ca_file;
  options.user_agent = "preemptctl";
  return http::make_curl_transport(std::move(options));
}

/// Remembers that the last answer was the cloud's "too many calls", so that the wait which follows can be explained.
class NoticingTransport final : public http::HttpTransport {
 public:
  explicit NoticingTransport(http::HttpTransport& inner) : inner_(inner) {}

  core::Result<http::Reply> send(const http::Request& request, core::Deadline by) override {
    auto reply = inner_.send(request, by);
    throttled_ = reply && reply->status >= 400 && ecs::is_throttling(ecs::parse_server_error(*reply));
    return reply;
  }
  bool may_have_arrived() const override { return inner_.may_have_arrived(); }
  bool throttled() const { return throttled_; }

 private:
  http::HttpTransport& inner_;
  bool throttled_ = false;
};

}  // namespace

void declare_cloud(Arguments& arguments, CloudOptions& options) {
  arguments.text("--profile", "NAME", options.profile, "Profile of the official CLI's file to take the key from");
  arguments.text("--region", "ID", options.region, "Region to ask, such as cn-hangzhou");
  arguments.text("--endpoint", "HOST", options.endpoint,
                 "Ask this host, host:port or URL instead of the region's endpoint");
  arguments.flag("--vpc", options.in_vpc, "Use the endpoints inside the VPC");
  arguments.flag("--signature-v1", options.signature_v1, "Sign as older gateways want it");
  arguments.flag("--dry-run", options.dry_run, "Let the cloud check what would be changed, and change nothing");
  arguments.flag("--show-request", options.show_request,
                 "Show the first request that would be sent, without its secrets, and send nothing");
  if (options.timeout) {
    arguments.duration("--timeout", *options.timeout, "Give up after this time, waits included");
  } else {
    arguments.duration("--timeout", options.timeout, "End after this time; without it, never");
  }
}

Run in_session(Arguments& arguments, std::function<Exit(CloudSession&)> body, CloudOptions defaults) {
  auto cloud = std::make_shared<CloudOptions>(std::move(defaults));
  declare_cloud(arguments, *cloud);
  return [cloud, body = std::move(body)](Context& context) {
    auto session = CloudSession::open(context, *cloud);
    if (session) return body(**session);
    context.out.error(session.error());
    return exit_for(session.error());
  };
}

struct CloudSession::Parts {
  config::Config config;
  std::unique_ptr<http::HttpTransport> network;
  std::unique_ptr<http::HttpTransport> direct;
  std::optional<NoticingTransport> noticing;
  std::optional<ShowingTransport> showing;
  std::set<std::string> warned;
  std::optional<metadata::MetadataClient> metadata;
  std::optional<ecs::Sources> sources;
  std::unique_ptr<ecs::CredentialsProvider> credentials;
  std::optional<ecs::Client> client;
};

CloudSession::CloudSession(Context& context, const CloudOptions& options)
    : context_(context),
      options_(options),
      by_(options.timeout ? core::Deadline::after(core::system_clock().boot_now(), *options.timeout)
                          : core::Deadline(core::BootTime::max())),
      parts_(std::make_unique<Parts>()) {}

CloudSession::~CloudSession() = default;

ecs::Client& CloudSession::client() {
  return *parts_->client;
}

core::Result<std::unique_ptr<CloudSession>> CloudSession::open(Context& context, const CloudOptions& options) {
  std::unique_ptr<CloudSession> session(new CloudSession(context, options));
  if (auto ready = session->prepare(); !ready) return tl::unexpected(ready.error());
  return session;
}

core::Result<void> CloudSession::prepare() {
  auto& parts = *parts_;
  parts.config = load_settings(context_).config;
  const auto& control = parts.config.control;
  auto network = transport(control.proxy, control.ca_file);
  auto direct = transport("", "");
  if (!network || !direct) return tl::unexpected(network ? direct.error() : network.error());
  parts.network = std::move(*network);
  parts.direct = std::move(*direct);

  const auto environment = ecs::process_environment();
  auto metadata_options = ecs::metadata_options(environment);
  metadata_options.base_url = parts.config.metadata.url;
  parts.metadata.emplace(*parts.direct, core::system_clock(), metadata_options);
  parts.sources.emplace(ecs::Sources{*parts.network, *parts.direct, *parts.metadata, core::system_clock(), environment,
                                     environment("HOME").value_or(""), ecs::read_key_file, ecs::random_hex,
                                     [this](const std::string& text) {
                                       if (parts_->warned.insert(text).second) context_.out.warning(text);
                                     }});
  if (options_.profile.empty()) {
    parts.credentials = std::make_unique<ecs::DefaultChain>(*parts.sources);
  } else {
    auto provider = ecs::cli_profile(*parts.sources, options_.profile);
    if (!provider) return tl::unexpected(provider.error());
    parts.credentials = std::move(*provider);
  }

  ecs::ClientOptions client;
  client.region = region_for(control.region);
  const bool in_vpc = options_.in_vpc || environment("ALIBABA_CLOUD_ENDPOINT_TYPE") == "vpc";
  client.network = in_vpc ? ecs::Network::vpc_then_public : ecs::Network::in_public;
  const auto endpoint =
      !options_.endpoint.empty() ? options_.endpoint : environment("ALIBABA_CLOUD_ENDPOINT").value_or(control.endpoint);
  if (!endpoint.empty()) client.endpoint_overrides[""] = endpoint;
  client.signature = options_.signature_v1 ? ecs::SignatureVersion::v1 : ecs::SignatureVersion::v3;
  client.dry_run = options_.dry_run;
  http::HttpTransport* sender = &parts.noticing.emplace(*parts.network);
  if (options_.show_request) sender = &parts.showing.emplace(context_.out);
  const auto waiter = [this](core::Millis time) { return wait(time); };
  parts.client.emplace(std::move(client),
                       ecs::ClientDependencies{*sender, *parts.credentials, core::system_clock(), waiter, {}, {}});
  return {};
}

/// Between two tries or two looks. Ctrl-C ends the program as ever: nothing waits in here that must not be left.
bool CloudSession::wait(core::Millis time) {
  if (parts_->noticing->throttled())
    context_.out.note("too many calls for the account; trying again in " + spoken(time.count()));
  std::this_thread::sleep_for(time);
  return true;
}

std::string CloudSession::region_for(const std::string& configured) {
  if (!options_.region.empty()) return options_.region;
  if (auto region = parts_->sources->environment("ALIBABA_CLOUD_REGION_ID")) return *region;
  const auto facts = ecs::cli_profile_facts(*parts_->sources, options_.profile);
  if (facts && !facts->region.empty()) return facts->region;
  if (!configured.empty()) return configured;
  if (own_instance_id().empty()) return {};
  const auto region = parts_->metadata->item("region-id");
  return region && *region ? **region : std::string();
}

std::string CloudSession::own_instance_id() {
  const bool told = parts_->config.metadata.url != config::Metadata{}.url;
  if (!told && metadata::detect_platform() != metadata::Platform::alibaba_cloud) return {};
  metadata::Options options;
  options.base_url = parts_->config.metadata.url;
  options.timeout = kGlance;
  metadata::MetadataClient glance(*parts_->direct, core::system_clock(), options);
  const auto id = glance.item("instance-id");
  return id && *id ? **id : std::string();
}

std::string CloudSession::explanation(const ecs::Failure& failure) const {
  const auto& server = failure.server;
  if (!server) {
    return failure.error.code == ErrorCode::unreachable ? "check --endpoint, --region and the network"
           : failure.error.code == ErrorCode::untrusted ? "for this command: --set control.ca_file=FILE"
                                                        : "";
  }
  if (server->code.empty())
    return "that is no answer of the cloud's; check --endpoint and what stands between, such as a proxy";
  if (server->code == "MissingParameter" && parts_->client->region().empty())
    return "no region is known; give --region";
  if (server->code == "MissingParameter") return "--help tells the options";
  return advice_on(*server);
}

Exit CloudSession::tell(const ecs::Failure& failure) {
  context_.out.progress("");
  if (parts_->showing && parts_->showing->shown()) return Exit::ok;
  if (failure.server && ecs::is_dry_run_success(*failure.server)) {
    const std::string passed = "The dry run passed: the cloud would do it.";
    context_.out.result({{"dry_run", "passed"}}, {{{""}}, {{Cell(passed)}}, "", false});
    return Exit::ok;
  }
  context_.out.error(failure.error);
  if (const auto more = explanation(failure); !more.empty()) context_.out.note(more);
  if (failure.server && !failure.server->recommend.empty()) {
    context_.out.note("more: " + core::printable(failure.server->recommend, 300));
  }
  if (!failure.server || failure.server->code.empty()) {
    return failure.error.code == ErrorCode::denied ? Exit::failed : exit_for(failure.error);
  }
  return ecs::is_not_found(*failure.server) ? Exit::not_found : Exit::refused;
}

bool CloudSession::confirmed(const std::string& question, bool yes) {
  return yes || options_.dry_run || options_.show_request || cli::confirmed(context_.out, question);
}

}  // namespace preemptd::cli
