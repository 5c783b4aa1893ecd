#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/secret.h"
#include "http/transport.h"
#include "report/sink.h"
#include "report/sinks/body_template.h"
#include "report/sinks/standard_webhooks.h"

namespace preemptd::report {

/// How the CloudEvent is written.
enum class CloudEventMode { structured, binary };

struct WebhookOptions {
  core::Secret url;
  CloudEventMode mode = CloudEventMode::structured;
  WebhookKeys keys;                    ///< none: not signed
  core::Secret bearer{};               ///< none: no Authorization
  std::optional<BodyTemplate> body{};  ///< instead of the CloudEvent; its attributes then travel as in the binary mode
};

/// Posts CloudEvents over HTTP, signed as Standard Webhooks over exactly the bytes of the body; webhook-id is the
/// event's id. What answers mean: http_outcome.h.
class WebhookSink final : public Sink {
 public:
  WebhookSink(WebhookOptions options, std::unique_ptr<http::HttpTransport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}
  DeliveryOutcome deliver(const Delivery& delivery) override;

 private:
  WebhookOptions options_;
  std::unique_ptr<http::HttpTransport> transport_;
};

}  // namespace preemptd::report
