#include "report/sinks/standard_webhooks.h"

#include "core/text.h"
#include "report/sinks/hmac.h"

namespace preemptd::report {
namespace {

constexpr std::string_view kPrefix = "whsec_";

std::optional<core::Secret> parse_secret(std::string_view line) {
  if (!line.starts_with(kPrefix)) return std::nullopt;
  auto key = from_base64(line.substr(kPrefix.size()));
  if (!key || key->size() < 24 || key->size() > 64) return std::nullopt;
  return core::Secret(*key);
}

}  // namespace

core::Result<WebhookKeys> parse_webhook_secrets(std::string_view text) {
  WebhookKeys keys;
  int number = 0;
  for (const auto raw : core::split(text, '\n')) {
    ++number;
    const auto line = core::trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    auto key = parse_secret(line);
    if (!key) {
      return core::fail(
          core::ErrorCode::bad_input,
          "line " + std::to_string(number) + " is not a secret of the form whsec_<base64 of 24 to 64 bytes>");
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return core::fail(core::ErrorCode::bad_input, "no secret in it");
  return keys;
}

std::string webhook_timestamp(core::WallTime time) {
  return std::to_string(std::chrono::floor<core::Seconds>(time).time_since_epoch().count());
}

std::string webhook_signature(const WebhookKeys& keys, std::string_view id, core::WallTime time,
                              std::string_view body) {
  const std::string content = std::string(id) + "." + webhook_timestamp(time) + "." + std::string(body);
  std::string header;
  for (const auto& key : keys) {
    header += (header.empty() ? "v1," : " v1,") + hmac_sha256_base64(key.reveal(), content);
  }
  return header;
}

}  // namespace preemptd::report
