#include "cli/rehearsal/simulator_admin.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"
#include "http/curl_transport.h"

namespace preemptd::cli {

using core::Result;

Result<SimulatorAdmin> SimulatorAdmin::open(const std::string& address) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  auto transport = http::make_curl_transport(options);
  if (!transport) return tl::unexpected(transport.error());
  return SimulatorAdmin(std::move(*transport), "http://" + address);
}

Result<nlohmann::json> SimulatorAdmin::post(const std::string& path, const nlohmann::json& body) {
  http::Request request;
  request.method = "POST";
  request.url = base_ + path;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = core::dump_json(body);
  return send(std::move(request));
}

Result<nlohmann::json> SimulatorAdmin::get(const std::string& path) {
  http::Request request;
  request.url = base_ + path;
  return send(std::move(request));
}

Result<nlohmann::json> SimulatorAdmin::send(http::Request request) {
  request.reply_limit = 8 * 1024 * 1024;
  const auto reply = transport_->send(request, core::Deadline::after(core::BootClock::now(), core::Seconds(2)));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status < 200 || reply->status > 299) {
    return core::fail(core::ErrorCode::refused, core::printable(reply->body, 300), request.url);
  }
  return reply->body.empty() ? nlohmann::json::object() : core::parse_json(reply->body);
}

}  // namespace preemptd::cli
