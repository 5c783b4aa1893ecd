#pragma once
#include <memory>
#include <string>

#include "core/secret.h"
#include "http/transport.h"
#include "report/sink.h"
#include "report/standard_webhooks.h"

namespace preemptd::report {

enum class CloudEventMode { structured, binary };

struct WebhookOptions {
  core::Secret url;
  CloudEventMode mode = CloudEventMode::structured;
  WebhookKeys keys;  ///< none: not signed
};

/// Posts CloudEvents over HTTP, signed as Standard Webhooks over exactly the bytes of the body; webhook-id is the event's
/// id. What answers mean: http_outcome.h.
class WebhookSink final : public Sink {
 public:
  WebhookSink(WebhookOptions options, std::unique_ptr<http::HttpTransport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}
  Outcome deliver(const Delivery& delivery) override;

 private:
  WebhookOptions options_;
  std::unique_ptr<http::HttpTransport> transport_;
};

}  // namespace preemptd::report
