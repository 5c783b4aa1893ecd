#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "core/secret.h"

/// Standard Webhooks 1.0.0, as far as a sender goes (github.com/standard-webhooks/standard-webhooks).
namespace preemptd::report {

/// The keys of one endpoint, in the file's order. More than one while the receiver changes over: every one signs.
using WebhookKeys = std::vector<core::Secret>;

/// Reads a secret file: one "whsec_" + base64 of 24 to 64 bytes a line; blank lines and lines with # in front are
/// skipped. bad_input, naming the line but none of its content, for anything else, and for a file without a secret.
core::Result<WebhookKeys> parse_webhook_secrets(std::string_view text);

/// The webhook-signature header: "v1,…" for each key, separated by blanks. `id` is the webhook-id, `time` goes into
/// webhook-timestamp as whole seconds since 1970.
std::string webhook_signature(const WebhookKeys& keys, std::string_view id, core::WallTime time, std::string_view body);
std::string webhook_timestamp(core::WallTime time);

}  // namespace preemptd::report
