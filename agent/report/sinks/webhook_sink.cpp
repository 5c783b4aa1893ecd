#include "report/sinks/webhook_sink.h"

#include "core/text.h"
#include "report/sinks/hmac.h"
#include "report/sinks/http_outcome.h"

namespace preemptd::report {
namespace {

core::Result<void> write_event(http::Request& request, const Delivery& delivery, const WebhookOptions& options) {
  if (options.mode == CloudEventMode::structured && !options.body) {
    request.headers.push_back({"Content-Type", std::string(kStructuredType)});
    request.body = to_structured(delivery.event, delivery.remarks);
    return {};
  }
  request.headers.push_back({"Content-Type", "application/json"});
  for (auto& header : to_binary_headers(delivery.event, delivery.remarks)) {
    request.headers.push_back({std::move(header.name), std::move(header.value)});
  }
  auto body = options.body ? options.body->render(delivery.event, delivery.remarks)
                           : data_text(delivery.event, delivery.remarks);
  if (!body) return tl::unexpected(body.error());
  request.body = std::move(*body);
  return {};
}

Redactor secrets_of(const WebhookOptions& options, const std::string& signature) {
  Redactor own;
  own.add_url(options.url.reveal());
  own.add(options.bearer.reveal());
  for (const auto one : core::split(signature, ' ')) own.add(one.substr(one.find(',') + 1));
  for (const auto& key : options.keys) own.add(base64(key.reveal()));
  return own;
}

}  // namespace

DeliveryOutcome WebhookSink::deliver(const Delivery& delivery) {
  http::Request request;
  request.method = "POST";
  request.url = options_.url.reveal();
  request.reply_limit = kAnswerLimit;
  if (auto written = write_event(request, delivery, options_); !written)
    return DeliveryOutcome::permanent(written.error().what);
  request.headers.push_back({"webhook-id", delivery.event.id});
  request.headers.push_back({"webhook-timestamp", webhook_timestamp(delivery.wall_now)});
  std::string signature;
  if (!options_.keys.empty()) {
    signature = webhook_signature(options_.keys, delivery.event.id, delivery.wall_now, request.body);
    request.headers.push_back({"webhook-signature", signature});
  }
  if (!options_.bearer.empty())
    request.headers.push_back({"Authorization", "Bearer " + std::string(options_.bearer.reveal())});
  return outcome_of(transport_->send(request, delivery.by), secrets_of(options_, signature));
}

}  // namespace preemptd::report
