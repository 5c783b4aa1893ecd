#include "metadata/metadata_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json.h"
#include "core/notice.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::metadata {
namespace {

constexpr std::size_t kLongestItem = 4096;
constexpr std::size_t kUnreadableShown = 256;
constexpr std::string_view kRoles = "meta-data/ram/security-credentials/";

tl::unexpected<Failure> odd_answer(std::string what, std::string_view where) {
  return tl::unexpected(
      Failure{Trouble::odd_answer, {core::ErrorCode::bad_reply, std::move(what), std::string(where)}});
}

std::string status_text(const http::Reply& reply) {
  return "status " + std::to_string(reply.status);
}

std::optional<core::WallTime> date_of(const http::Reply& reply) {
  const auto date = reply.header("Date");
  return date ? core::parse_http_date(*date) : std::nullopt;
}

bool is_item_text(std::string_view text) {
  return text.size() <= kLongestItem && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

core::Identity identity_in(std::string_view document) {
  const auto json = core::parse_json_answer(document);
  if (!json) return {};
  const auto text = [&](std::string_view name) {
    auto value = core::string_at(*json, name).value_or("");
    return core::is_plain_name(value) ? value : std::string();
  };
  return {text("instance-id"), text("region-id"), text("zone-id"), text("instance-type")};
}

}  // namespace

MetadataClient::MetadataClient(http::HttpTransport& transport, const core::Clock& clock, Options options)
    : session_(transport, clock, std::move(options)) {}

Result<Termination> MetadataClient::termination_time() {
  constexpr std::string_view kPath = "meta-data/instance/spot/termination-time";
  const auto reply = session_.get(kPath);
  if (!reply) return tl::unexpected(reply.error());
  Termination found;
  found.server_date = date_of(*reply);
  if (reply->status == 404) return found;
  if (reply->status != 200) return odd_answer(status_text(*reply), kPath);
  const std::string_view body = core::trim(reply->body);
  if (const auto time = core::parse_utc(body)) {
    found.answer = TerminatesAt{*time};
  } else if (!body.empty()) {
    found.answer = Unreadable{core::printable(body, kUnreadableShown)};
  }
  return found;
}

Result<std::optional<std::string>> MetadataClient::item(std::string_view path) {
  const auto reply = session_.get("meta-data/" + std::string(path));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status == 404) return std::nullopt;
  if (reply->status != 200) return odd_answer(status_text(*reply), path);
  const std::string_view text = core::trim(reply->body);
  if (!is_item_text(text)) return odd_answer("not the text of an item", path);
  return std::string(text);
}

Result<core::Identity> MetadataClient::identity() {
  constexpr std::string_view kPath = "dynamic/instance-identity/document";
  const auto document = session_.get(kPath);
  if (!document && document.error().trouble == Trouble::no_answer) return tl::unexpected(document.error());
  core::Identity found = document && document->status == 200 ? identity_in(document->body) : core::Identity{};
  const std::pair<std::string*, std::string_view> items[] = {{&found.instance_id, "instance-id"},
                                                             {&found.region_id, "region-id"},
                                                             {&found.zone_id, "zone-id"},
                                                             {&found.instance_type, "instance/instance-type"}};
  for (const auto& [member, path] : items) {
    if (auto filled = fill_from_item(*member, path); !filled) return tl::unexpected(filled.error());
  }
  if (found.instance_id.empty()) return odd_answer("the service does not say which instance this is", kPath);
  return found;
}

Result<void> MetadataClient::fill_from_item(std::string& member, std::string_view path) {
  if (!member.empty()) return {};
  auto value = item(path);
  if (!value) return tl::unexpected(value.error());
  if (*value && core::is_plain_name(**value)) member = std::move(**value);
  return {};
}

/// The official SDKs try once more without a token whenever an answer about the role is of no use.
template <typename Read>
auto MetadataClient::ask_for_role(std::string_view path, core::Deadline by, Read read) {
  auto found = read(session_.get(path, by));
  if (found && *found) return found;
  if (auto again = session_.again_without_token()) found = read(std::move(*again));
  return found;
}

Result<std::optional<std::string>> MetadataClient::role_name(core::Deadline by) {
  return ask_for_role(kRoles, by, [](const Result<http::Reply>& reply) -> Result<std::optional<std::string>> {
    if (!reply) return tl::unexpected(reply.error());
    if (reply->status == 404) return std::nullopt;
    if (reply->status != 200) return odd_answer(status_text(*reply), kRoles);
    const std::string_view name = core::trim(core::split(core::trim(reply->body), '\n').front());
    if (name.empty()) return std::nullopt;
    if (!is_role_name(name)) return odd_answer("not a role's name", kRoles);
    return std::string(name);
  });
}

Result<std::optional<RoleCredentials>> MetadataClient::role_credentials(std::string_view role, core::Deadline by) {
  const std::string path = std::string(kRoles) + std::string(role);
  if (!is_role_name(role)) return odd_answer("not a role's name: '" + core::printable(role, 64) + "'", kRoles);
  return ask_for_role(path, by, [&](const Result<http::Reply>& reply) -> Result<std::optional<RoleCredentials>> {
    if (!reply) return tl::unexpected(reply.error());
    if (reply->status == 404) return std::nullopt;
    if (reply->status != 200) return odd_answer(status_text(*reply), path);
    auto found = parse_role_credentials(reply->body);
    if (!found) return odd_answer(found.error().what, path);
    found->server_date = date_of(*reply);
    return std::move(*found);
  });
}

}  // namespace preemptd::metadata
