#include "daemon/sinks.h"

#include <utility>

#include "core/text.h"
#include "http/curl_transport.h"
#include "report/standard_webhooks.h"
#include "report/webhook_sink.h"
#include "sys/files.h"

namespace preemptd::daemon {
namespace {

constexpr std::size_t kSecretFileLimit = 16 * 1024;

using MadeSink = core::Result<std::unique_ptr<report::Sink>>;

core::Result<std::string> read_required(const std::string& path) {
  auto text = sys::read_file(path, kSecretFileLimit);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return core::fail(core::Fault::bad_input, "there is no such file", path);
  return std::move(**text);
}

core::Result<core::Secret> address_of(const config::Sink& sink) {
  if (sink.url_file.empty()) return core::Secret(sink.url);
  auto text = read_required(sink.url_file);
  if (!text) return tl::unexpected(text.error());
  return core::Secret(std::string(core::trim(*text)));
}

core::Result<std::unique_ptr<http::HttpTransport>> transport_for(const config::Sink& sink) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.reach = sink.proxy.empty() ? http::Reach::not_the_metadata_service : http::Reach::anywhere;
  options.proxy = sink.proxy;
  options.ca_file = sink.ca_file;
  return http::make_curl_transport(options);
}

MadeSink make_webhook(const config::Sink& sink) {
  report::WebhookOptions options;
  auto url = address_of(sink);
  if (!url) return tl::unexpected(url.error());
  options.url = std::move(*url);
  options.mode = sink.mode == "binary" ? report::CloudEventMode::binary : report::CloudEventMode::structured;
  if (!sink.secret_file.empty()) {
    auto text = read_required(sink.secret_file);
    if (!text) return tl::unexpected(text.error());
    auto keys = report::parse_webhook_secrets(*text);
    if (!keys) return core::fail(keys.error().fault, keys.error().what, sink.secret_file);
    options.keys = std::move(*keys);
  }
  auto transport = transport_for(sink);
  if (!transport) return tl::unexpected(transport.error());
  return std::make_unique<report::WebhookSink>(std::move(options), std::move(*transport));
}

MadeSink make_sink(const config::Sink& sink) {
  if (sink.type == "webhook") return make_webhook(sink);
  return core::fail(core::Fault::bad_input, "this build has no sink of type '" + sink.type + "'");
}

}  // namespace

MadeSinks make_sinks(const config::Config& config) {
  MadeSinks made;
  for (const auto& settings : config.sinks) {
    if (!settings.enabled) continue;
    auto sink = make_sink(settings);
    if (!sink) {
      core::Error error = sink.error();
      error.what = "[sink." + settings.name + "] " + error.what;
      made.errors.push_back(std::move(error));
      continue;
    }
    made.sinks.push_back({{settings.name, settings.timeout, settings.events, false}, std::move(*sink)});
  }
  return made;
}

}  // namespace preemptd::daemon
