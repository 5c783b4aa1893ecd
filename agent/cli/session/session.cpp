#include "cli/session/session.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "cli/command/settings.h"
#include "cli/host/interruption.h"
#include "cli/host/program_output.h"
#include "cli/session/advice.h"
#include "cli/session/show_request.h"
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

std::string first_of(const ecs::Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name)) return *value;
  }
  return {};
}

core::Result<std::unique_ptr<http::HttpTransport>> transport(const std::string& proxy, const std::string& no_proxy,
                                                             const std::string& ca_file) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.proxy = proxy;
  options.no_proxy = no_proxy;
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

/// Remembers where the last key came from.
class NotingCredentials final : public ecs::CredentialsProvider {
 public:
  explicit NotingCredentials(std::unique_ptr<ecs::CredentialsProvider> inner) : inner_(std::move(inner)) {}

  core::Result<ecs::Credentials> get(core::Deadline by) override {
    auto key = inner_->get(by);
    if (key) source_ = key->source;
    return key;
  }
  void discard() override { inner_->discard(); }
  const std::string& source() const { return source_; }

 private:
  std::unique_ptr<ecs::CredentialsProvider> inner_;
  std::string source_;
};

/// The session's key for one of several threads.
class SharedCredentials final : public ecs::CredentialsProvider {
 public:
  SharedCredentials(ecs::CredentialsProvider& inner, std::mutex& turn) : inner_(inner), turn_(turn) {}

  core::Result<ecs::Credentials> get(core::Deadline by) override {
    const std::lock_guard lock(turn_);
    return inner_.get(by);
  }
  void discard() override {
    const std::lock_guard lock(turn_);
    inner_.discard();
  }

 private:
  ecs::CredentialsProvider& inner_;
  std::mutex& turn_;
};

class ClientOfThread final : public ThreadClient {
 public:
  ClientOfThread(std::unique_ptr<http::HttpTransport> network, ecs::CredentialsProvider& credentials,
                 ecs::ClientOptions options, ThreadsShared& shared, std::function<void(core::Millis)> note_throttling)
      : shared_(shared),
        slot_(shared.one_by_one, std::defer_lock),
        network_(std::move(network)),
        noticing_(*network_),
        credentials_(credentials, shared.turn),
        note_throttling_(std::move(note_throttling)),
        client_(std::move(options), {.transport = noticing_,
                                     .credentials = credentials_,
                                     .clock = core::system_clock(),
                                     .wait = [this](core::Millis time) { return wait(time); }}) {}

  ecs::Client& client() override { return client_; }
  void begin() override {
    if (shared_.throttled) slot_.lock();
  }
  void end() override {
    if (slot_.owns_lock()) slot_.unlock();
  }

 private:
  /// The time in which other threads are waited for counts.
  bool wait(core::Millis time) {
    const auto until = core::Deadline::in(time);
    if (noticing_.throttled()) {
      if (!shared_.throttled.exchange(true)) say(time);
      if (!slot_.owns_lock()) slot_.lock();
    }
    return sleep_unless_interrupted(until.left(core::BootClock::now()));
  }
  void say(core::Millis time) {
    const std::lock_guard lock(shared_.turn);
    note_throttling_(time);
  }

  ThreadsShared& shared_;
  std::unique_lock<std::mutex> slot_;
  std::unique_ptr<http::HttpTransport> network_;
  NoticingTransport noticing_;
  SharedCredentials credentials_;
  std::function<void(core::Millis)> note_throttling_;
  ecs::Client client_;
};

}  // namespace

void declare_cloud(Arguments& arguments, CloudOptions& options) {
  arguments.text("--profile", "NAME", options.profile, "Profile of the official CLI's file to take the key from");
  arguments.flag("--lenient-credentials", options.lenient_credentials,
                 "Pass over a credential source that was asked for and cannot be used, as the official SDKs do");
  arguments.text("--region", "ID", options.region, "Region to ask, such as cn-hangzhou");
  arguments.text("--endpoint", "HOST", options.endpoint,
                 "Ask this host, host:port or URL instead of the region's endpoint");
  arguments.flag("--vpc", options.in_vpc, "Use the endpoints inside the VPC");
  arguments.flag("--signature-v1", options.signature_v1, "Sign as older gateways want it");
  arguments.flag("--dry-run", options.dry_run, "Let the cloud check what would be changed, and change nothing");
  arguments.flag("--show-request", options.show_request,
                 "Show the first request that would be sent, without its secrets, and send nothing");
  if (options.takes_client_token) {
    arguments.text("--client-token", "TOKEN", options.client_token,
                   "Token of an earlier call whose answer was lost: repeats it without making a second one");
  }
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
  std::optional<RememberingTransport> remembering;
  std::optional<ShowingTransport> showing;
  std::set<std::string> warned;
  std::optional<metadata::MetadataClient> metadata;
  std::optional<ecs::Sources> sources;
  std::optional<NotingCredentials> credentials;
  std::string proxy;  ///< of the environment
  ecs::ClientOptions client_options;
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

core::Result<std::unique_ptr<http::HttpTransport>> CloudSession::network_transport() const {
  constexpr const char* kLoopback = "localhost,127.0.0.0/8,::1";
  const auto& control = parts_->config.control;
  if (!control.proxy.empty()) return transport(control.proxy, "", control.ca_file);
  const auto direct_hosts = first_of(ecs::process_environment(), {"NO_PROXY", "no_proxy"});
  return transport(parts_->proxy, kLoopback + (direct_hosts.empty() ? "" : "," + direct_hosts), control.ca_file);
}

core::Result<void> CloudSession::open_transports() {
  auto& parts = *parts_;
  const bool configured = !parts.config.control.proxy.empty();
  parts.proxy = configured ? "" : first_of(ecs::process_environment(), {"HTTPS_PROXY", "https_proxy"});
  auto network = network_transport();
  auto direct = transport("", "", "");
  if (!network || !direct) return tl::unexpected(network ? direct.error() : network.error());
  parts.network = std::move(*network);
  parts.direct = std::move(*direct);
  return {};
}

core::Result<void> CloudSession::find_credentials() {
  auto& parts = *parts_;
  const auto environment = ecs::process_environment();
  auto metadata_options = ecs::metadata_options(environment);
  metadata_options.base_url = parts.config.metadata.url;
  parts.metadata.emplace(*parts.direct, core::system_clock(), metadata_options);
  const auto warn = [this](const std::string& text) {
    if (parts_->warned.insert(text).second) context_.out.warning(text);
  };
  parts.sources.emplace(ecs::Sources{.network = *parts.network,
                                     .direct = *parts.direct,
                                     .metadata = *parts.metadata,
                                     .clock = core::system_clock(),
                                     .environment = environment,
                                     .home = environment("HOME").value_or(""),
                                     .read_file = ecs::read_key_file,
                                     .make_nonce = ecs::random_hex,
                                     .warn = warn,
                                     .run_command = output_of_program,
                                     .lenient = options_.lenient_credentials});
  if (options_.profile.empty()) {
    parts.credentials.emplace(std::make_unique<ecs::DefaultChain>(*parts.sources));
    return {};
  }
  auto provider = ecs::cli_profile(*parts.sources, options_.profile);
  if (!provider) return tl::unexpected(provider.error());
  parts.credentials.emplace(std::move(*provider));
  return {};
}

ecs::ClientOptions CloudSession::client_options() {
  ecs::ClientOptions client;
  client.region = region_for(parts_->config.control.region);
  client.network = wants_vpc() ? ecs::Network::vpc_then_public : ecs::Network::in_public;
  const auto endpoint = endpoint_for(parts_->config.control.endpoint);
  if (!endpoint.empty()) client.endpoint_overrides[""] = endpoint;
  client.signature = options_.signature_v1 ? ecs::SignatureVersion::v1 : ecs::SignatureVersion::v3;
  client.dry_run = options_.dry_run;
  if (!options_.makes_tokens) client.client_token = options_.client_token;
  return client;
}

core::Result<void> CloudSession::prepare() {
  auto& parts = *parts_;
  parts.config = load_settings(context_).config;
  if (auto opened = open_transports(); !opened) return opened;
  if (auto found = find_credentials(); !found) return found;
  http::HttpTransport* sender = &parts.remembering.emplace(parts.noticing.emplace(*parts.network));
  if (options_.show_request) sender = &parts.showing.emplace(context_.out, [this] { return key_source(); });
  const auto waiter = [this](core::Millis time) { return wait(time); };
  parts.client_options = client_options();
  parts.client.emplace(
      parts.client_options,
      ecs::ClientDependencies{
          .transport = *sender, .credentials = *parts.credentials, .clock = core::system_clock(), .wait = waiter});
  return {};
}

core::Result<std::unique_ptr<ThreadClient>> CloudSession::thread_client(ThreadsShared& shared) {
  auto network = network_transport();
  if (!network) return tl::unexpected(network.error());
  return std::make_unique<ClientOfThread>(std::move(*network), *parts_->credentials, parts_->client_options, shared,
                                          [this](core::Millis time) { note_throttling(time); });
}

void CloudSession::note_throttling(core::Millis time) {
  context_.out.note("too many calls for the account; trying again in " + spoken(time.count()));
}

/// Between two tries or two looks. Ctrl-C ends the program as ever, but for a command that has an Interruption.
bool CloudSession::wait(core::Millis time) {
  if (parts_->noticing->throttled()) note_throttling(time);
  return sleep_unless_interrupted(time);
}

std::string CloudSession::region_for(const std::string& configured) {
  if (!options_.region.empty()) return options_.region;
  const auto& environment = parts_->sources->environment;
  if (auto region = first_of(environment, {"ALIBABA_CLOUD_REGION_ID", "ALIBABACLOUD_REGION_ID", "ALICLOUD_REGION_ID"});
      !region.empty())
    return region;
  const auto facts = ecs::cli_profile_facts(*parts_->sources, options_.profile);
  if (facts && !facts->region.empty()) return facts->region;
  if (!configured.empty()) return configured;
  if (own_instance_id().empty()) return {};
  const auto region = parts_->metadata->item("region-id");
  return region && *region ? **region : std::string();
}

std::string CloudSession::endpoint_for(const std::string& configured) {
  if (!options_.endpoint.empty()) return options_.endpoint;
  if (auto endpoint = parts_->sources->environment("ALIBABA_CLOUD_ENDPOINT")) return *endpoint;
  const auto facts = ecs::cli_profile_facts(*parts_->sources, options_.profile);
  return facts && !facts->endpoint.empty() ? facts->endpoint : configured;
}

bool CloudSession::wants_vpc() {
  if (options_.in_vpc) return true;
  const auto type = first_of(parts_->sources->environment,
                             {"ALIBABA_CLOUD_ENDPOINT_TYPE", "ALIBABACLOUD_ENDPOINT_TYPE", "ALICLOUD_ENDPOINT_TYPE"});
  if (!type.empty()) return core::equal_ignoring_case(type, "vpc");
  const auto facts = ecs::cli_profile_facts(*parts_->sources, options_.profile);
  return facts && core::equal_ignoring_case(facts->endpoint_type, "vpc");
}

const std::string& CloudSession::key_source() const {
  return parts_->credentials->source();
}

std::string CloudSession::own_instance_id() {
  const bool configured = parts_->config.metadata.url != config::Metadata{}.url;
  if (!configured && metadata::detect_platform() != metadata::Platform::alibaba_cloud) return {};
  metadata::Options options;
  options.base_url = parts_->config.metadata.url;
  options.timeout = kGlance;
  metadata::MetadataClient glance(*parts_->direct, core::system_clock(), options);
  const auto id = glance.item("instance-id");
  return id && *id ? **id : std::string();
}

std::string CloudSession::explanation(const ecs::Failure& failure) const {
  const auto& server = failure.server;
  if (!server && failure.error.what.starts_with("no credentials found"))
    return "give a key in ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, a profile (aliyun "
           "configure), "
           "or attach a RAM role: preemptctl-ecs(1)";
  if (!server) {
    const std::string proxy = parts_->proxy.empty() ? "" : " (asked through HTTPS_PROXY)";
    return failure.error.code == ErrorCode::unreachable ? "check --endpoint, --region and the network" + proxy
           : failure.error.code == ErrorCode::untrusted ? "for this command: --set control.ca_file=FILE"
                                                        : "";
  }
  if (server->code.empty())
    return "that is no answer of the cloud's; check --endpoint and what stands between, such as a proxy";
  if (server->code == "MissingParameter" && parts_->client->region().empty())
    return "no region is known; give --region";
  if (server->code == "MissingParameter") return "--help lists the options";
  return advice_on(*server);
}

const LostAnswer* CloudSession::lost() const {
  return parts_->remembering && parts_->remembering->lost() ? &*parts_->remembering->lost() : nullptr;
}

Problem CloudSession::problem_of(const ecs::Failure& failure) const {
  Problem problem{core::describe(failure.error), std::string(core::name_of(failure.error.code)), "", "", {}};
  const auto& where = failure.error.where;
  if (where.find(':') < where.find(' ')) problem.action = where.substr(0, where.find(' '));
  if (lost() != nullptr) problem.hints = advice_on(*lost());
  const auto more = explanation(failure);
  if (!more.empty() && (failure.server || lost() == nullptr)) problem.hints.push_back(more);
  if (!failure.server) return problem;
  if (!failure.server->code.empty()) problem.code = failure.server->code;
  problem.request_id = failure.server->request_id;
  if (ecs::is_denial(*failure.server) || ecs::is_expired_key(*failure.server))
    problem.hints.push_back("the key came from " + core::printable(key_source(), 512) +
                            "; who acts: preemptctl whoami");
  if (!failure.server->recommend.empty())
    problem.hints.push_back("more: " + core::printable(failure.server->recommend, 300));
  return problem;
}

Exit CloudSession::report_failure(const ecs::Failure& failure) {
  context_.out.progress("");
  if (parts_->showing && parts_->showing->shown()) return Exit::ok;
  if (failure.server && ecs::is_dry_run_success(*failure.server)) {
    const std::string passed = "The dry run passed: the cloud would do it.";
    context_.out.result({{"dry_run", "passed"}}, {{{""}}, {{Cell(passed)}}, "", false});
    return Exit::ok;
  }
  context_.out.problem(problem_of(failure));
  if (!failure.server || failure.server->code.empty()) {
    return failure.error.code == ErrorCode::denied ? Exit::failed : exit_for(failure.error);
  }
  return ecs::is_not_found(*failure.server) ? Exit::not_found : Exit::refused;
}

bool CloudSession::confirmed(const std::string& question, bool yes) {
  return yes || options_.dry_run || options_.show_request || cli::confirmed(context_.out, question);
}

}  // namespace preemptd::cli
