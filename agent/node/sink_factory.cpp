#include "node/sink_factory.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/event_types.h"
#include "core/text.h"
#include "http/address_guard.h"
#include "http/curl_transport.h"
#include "http/url.h"
#include "node/cloud_caller.h"
#include "node/sample_events.h"
#include "report/sinks/chat_sink.h"
#include "report/sinks/cloud_sinks.h"
#include "report/sinks/exec_sink.h"
#include "report/sinks/secret_file.h"
#include "report/sinks/standard_webhooks.h"
#include "report/sinks/webhook_sink.h"
#include "sys/files.h"

namespace preemptd::node {
namespace {

constexpr std::size_t kTemplateLimit = 64 * 1024;
/// Robots allow about 20 messages a minute, those they refuse included.
constexpr core::Millis kChatPause = core::Seconds(3);

using MadeSink = core::Result<std::unique_ptr<report::Sink>>;

/// An address written as digits is judged now; names are checked where the connection is made.
core::Result<void> refuse_metadata_service(std::string_view url) {
  std::string host = http::host_header(url);
  if (const auto port = host.rfind(':'); port != std::string::npos && host.back() != ']') host.resize(port);
  std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const bool refused = http::is_refused_for_webhooks(*found->ai_addr);
  ::freeaddrinfo(found);
  if (refused)
    return core::fail(core::ErrorCode::bad_input,
                      "reports are never sent to the metadata service or a link-local address");
  return {};
}

core::Result<core::Secret> first_line_of(const std::string& file, const std::string& credentials) {
  auto text = report::read_secret_file(file, credentials);
  if (!text) return text;
  return core::Secret(std::string(core::trim(text->reveal().substr(0, text->reveal().find('\n')))));
}

core::Result<core::Secret> address_of(const config::Sink& sink, const std::string& credentials) {
  auto url = sink.url_file.empty() ? core::Result<core::Secret>(core::Secret(sink.url))
                                   : first_line_of(sink.url_file, credentials);
  if (!url) return url;
  if (!url->reveal().starts_with("http://") && !url->reveal().starts_with("https://")) {
    return core::fail(core::ErrorCode::bad_input, "does not hold an http:// or https:// address", sink.url_file);
  }
  if (auto good = refuse_metadata_service(url->reveal()); !good) return tl::unexpected(good.error());
  return url;
}

/// Empty where no file is named.
core::Result<core::Secret> secret_of(const std::string& file, const std::string& credentials) {
  return file.empty() ? core::Result<core::Secret>(core::Secret()) : report::read_secret_file(file, credentials);
}

core::Result<std::unique_ptr<http::HttpTransport>> transport_for(const config::Sink& sink) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.reach = sink.proxy.empty() ? http::Reach::not_the_metadata_service : http::Reach::anywhere;
  options.proxy = sink.proxy;
  options.ca_file = sink.ca_file;
  return http::make_curl_transport(options);
}

core::Result<report::WebhookKeys> webhook_keys(const std::string& file, const std::string& credentials) {
  if (file.empty()) return report::WebhookKeys{};
  auto text = report::read_secret_file(file, credentials);
  if (!text) return tl::unexpected(text.error());
  auto keys = report::parse_webhook_secrets(text->reveal());
  if (!keys) return core::fail(keys.error().code, keys.error().what, file);
  return keys;
}

core::Result<std::optional<report::BodyTemplate>> body_template(const config::Sink& sink) {
  const std::string& file = sink.template_file;
  if (file.empty()) return std::nullopt;
  auto text = sys::read_file(file, kTemplateLimit);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return core::fail(core::ErrorCode::bad_input, "there is no such file", file);
  auto samples = sample_events();
  const auto wanted = [&](const report::CloudEvent& sample) {
    return sink.events.empty() || std::find(sink.events.begin(), sink.events.end(), sample.type) != sink.events.end();
  };
  std::erase_if(samples, [&](const report::CloudEvent& sample) { return !wanted(sample); });
  auto made = report::BodyTemplate::make(std::move(**text), samples);
  if (!made) return core::fail(made.error().code, made.error().what, file);
  return std::optional(std::move(*made));
}

MadeSink make_webhook(const config::Sink& sink, const std::string& credentials) {
  auto url = address_of(sink, credentials);
  if (!url) return tl::unexpected(url.error());
  auto keys = webhook_keys(sink.secret_file, credentials);
  if (!keys) return tl::unexpected(keys.error());
  auto bearer = secret_of(sink.token_file, credentials);
  if (!bearer) return tl::unexpected(bearer.error());
  auto body = body_template(sink);
  if (!body) return tl::unexpected(body.error());
  auto transport = transport_for(sink);
  if (!transport) return tl::unexpected(transport.error());
  const auto mode = sink.mode == "binary" ? report::CloudEventMode::binary : report::CloudEventMode::structured;
  return std::make_unique<report::WebhookSink>(
      report::WebhookOptions{std::move(*url), mode, std::move(*keys), std::move(*bearer), std::move(*body)},
      std::move(*transport));
}

std::optional<report::Chat> chat_called(std::string_view type) {
  if (type == "dingtalk") return report::Chat::dingtalk;
  if (type == "feishu") return report::Chat::feishu;
  if (type == "wecom") return report::Chat::wecom;
  if (type == "slack") return report::Chat::slack;
  return std::nullopt;
}

MadeSink make_chat(const config::Sink& sink, report::Chat kind, const std::string& credentials) {
  auto url = address_of(sink, credentials);
  if (!url) return tl::unexpected(url.error());
  auto secret = secret_of(sink.secret_file, credentials);
  if (!secret) return tl::unexpected(secret.error());
  auto transport = transport_for(sink);
  if (!transport) return tl::unexpected(transport.error());
  const auto language = sink.language == "zh" ? report::Language::zh : report::Language::en;
  return std::make_unique<report::ChatSink>(
      report::ChatOptions{kind, std::move(*url), std::move(*secret), sink.keyword, language}, std::move(*transport));
}

MadeSink make_sink(const config::Config& config, const config::Sink& sink, const std::string& credentials) {
  if (sink.type == "webhook") return make_webhook(sink, credentials);
  if (sink.type == "exec") return std::make_unique<report::ExecSink>(sink.command);
  if (const auto chat = chat_called(sink.type)) return make_chat(sink, *chat, credentials);
  if (sink.type.empty()) return core::fail(core::ErrorCode::bad_input, "has no known type");
  auto call = make_cloud_caller(config);
  if (!call) return tl::unexpected(call.error());
  if (sink.type == "tag") return std::make_unique<report::TagSink>(sink.prefix, std::move(*call));
  if (sink.type == "cloudmonitor") return std::make_unique<report::CloudMonitorSink>(sink.group_id, std::move(*call));
  return core::fail(core::ErrorCode::bad_input, "unknown type '" + sink.type + "'");
}

/// Stands in for a sink that cannot be made now, and makes it as soon as its files allow: what it is owed stays owed.
class DeferredSink final : public report::Sink {
 public:
  DeferredSink(config::Config config, config::Sink settings, std::string credentials)
      : config_(std::move(config)), settings_(std::move(settings)), credentials_(std::move(credentials)) {}
  report::DeliveryOutcome deliver(const report::Delivery& delivery) override {
    if (!made_) {
      auto made = make_sink(config_, settings_, credentials_);
      if (!made) return report::DeliveryOutcome::retry(core::describe(made.error()));
      made_ = std::move(*made);
    }
    return made_->deliver(delivery);
  }

 private:
  config::Config config_;
  config::Sink settings_;
  std::string credentials_;
  std::unique_ptr<report::Sink> made_;
};

/// Chats and tags are for how it stands: single hooks would only drown it, and robots allow 20 messages a minute.
report::SinkTraits traits_of(const config::Sink& sink) {
  report::SinkTraits traits;
  traits.name = sink.name;
  traits.timeout = sink.timeout;
  traits.events = sink.events;
  if (!chat_called(sink.type) && sink.type != "tag") return traits;
  traits.merge_progress_above = 0;
  traits.latest_only = sink.type == "tag";
  if (sink.type != "tag") traits.pause = kChatPause;
  if (!traits.events.empty()) return traits;
  for (const auto& type : core::kEventTypes)
    if (sink.type == "tag" ? type.for_tags : type.for_chats) traits.events.emplace_back(type.name);
  return traits;
}

}  // namespace

core::Result<std::unique_ptr<http::HttpTransport>> make_sink_transport(const config::Sink& sink) {
  if (auto good = refuse_metadata_service(sink.url); !good) return tl::unexpected(good.error());
  return transport_for(sink);
}

SinkSet make_sinks(const config::Config& config, std::string_view service_credentials) {
  const char* const own = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string credentials(own == nullptr ? service_credentials : own);
  SinkSet made;
  for (const auto& settings : config.sinks) {
    if (!settings.enabled) continue;
    auto sink = make_sink(config, settings, credentials);
    if (!sink) {
      core::Error error = sink.error();
      error.what = "[sink." + settings.name + "] " + error.what;
      made.errors.push_back(std::move(error));
      made.unusable.push_back(settings.name);
      sink = std::make_unique<DeferredSink>(config, settings, credentials);
    }
    made.sinks.push_back({traits_of(settings), std::move(*sink)});
  }
  return made;
}

}  // namespace preemptd::node
