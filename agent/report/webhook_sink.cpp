#include "report/webhook_sink.h"

#include "report/http_outcome.h"

namespace preemptd::report {
namespace {

void write_event(http::Request& request, const Delivery& delivery, CloudEventMode mode) {
  if (mode == CloudEventMode::structured) {
    request.headers.push_back({"Content-Type", std::string(kStructuredType)});
    request.body = to_structured(delivery.event, delivery.remarks);
    return;
  }
  request.headers.push_back({"Content-Type", "application/json"});
  for (auto& header : to_binary_headers(delivery.event, delivery.remarks)) {
    request.headers.push_back({std::move(header.name), std::move(header.value)});
  }
  request.body = delivery.event.data;
}

}  // namespace

Outcome WebhookSink::deliver(const Delivery& delivery) {
  http::Request request;
  request.method = "POST";
  request.url = options_.url.reveal();
  request.reply_limit = kAnswerLimit;
  write_event(request, delivery, options_.mode);
  request.headers.push_back({"webhook-id", delivery.event.id});
  request.headers.push_back({"webhook-timestamp", webhook_timestamp(delivery.wall_now)});
  if (!options_.keys.empty()) {
    request.headers.push_back(
        {"webhook-signature", webhook_signature(options_.keys, delivery.event.id, delivery.wall_now, request.body)});
  }
  return outcome_of(transport_->send(request, delivery.by));
}

}  // namespace preemptd::report
